package dev.twofold;

import java.time.Instant;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// An event as it lies in the log.
///
/// Positions run 1, 2, 3, … through the log without a gap, versions likewise through a stream;
/// `stream` is null and `version` 0 for an event that belongs to no stream. `recordedAt` is the
/// clock of the store, in microseconds; it can step back when that clock does, so order by
/// position.
public record RecordedEvent(
        long position,
        UUID id,
        @Nullable StreamId stream,
        long version,
        String type,
        int revision,
        String data,
        Set<Tag> tags,
        Metadata metadata,
        Instant recordedAt) {}
