package dev.twofold;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// An event in its current shape, and what the log knows of it.
///
/// @param stream the one it belongs to; null if it belongs to none
/// @param version in the stream; 0 if it belongs to none
public record Recorded<E>(
        E event,
        long position,
        @Nullable StreamId stream,
        long version,
        Instant recordedAt,
        Metadata metadata) {

    /// An event that belongs to no stream, or of which it does not matter.
    public Recorded(E event, long position, long version, Instant recordedAt, Metadata metadata) {
        this(event, position, null, version, recordedAt, metadata);
    }
}
