package dev.twofold.kafka;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// How a relay is doing.
///
/// @param active whether this process is the one that relays
/// @param term how often the relay has changed hands; 0 before this process was active
/// @param position up to which the topics have the log, as far as this process knows
/// @param head the last position of the log that this process knows of
/// @param behind how long ago the oldest event was recorded that is not in the topics yet, as far
///   as this process knows; zero when there is none
/// @param published how many events this process has published
/// @param failure what keeps it from going on; null while nothing does
public record RelayStatus(
        boolean active,
        long term,
        long position,
        long head,
        Duration behind,
        long published,
        @Nullable String failure) {

    /// How many positions the topics are behind the log.
    public long lag() {
        return Math.max(0, head - position);
    }
}
