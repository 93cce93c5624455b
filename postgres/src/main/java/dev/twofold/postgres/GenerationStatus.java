package dev.twofold.postgres;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// How one generation of a projection is doing.
///
/// @param role `serving` queries, `building` beside the one that serves, or `retired` and kept for
///   a rollback
/// @param position up to which it has taken in the log
/// @param head of the log
/// @param reason why it stands still, if it does
/// @param parked events that are set aside until someone has looked into them
/// @param createdAt by the clock of the database
/// @param movedAt when it last took something in, or tried
/// @param asOf when all this was so
/// @param rate events of the log that the slowest partition takes in a second, of late
/// @param pace percent of the time that building it takes, see [Projections#paceRebuild]
public record GenerationStatus(
        String projection,
        int generation,
        int revision,
        String role,
        long position,
        long head,
        @Nullable String reason,
        long parked,
        Instant createdAt,
        Instant movedAt,
        Instant asOf,
        double rate,
        int pace) {

    /// Events of the log that it has not taken in.
    public long lag() {
        return Math.max(0, head - position);
    }

    /// The share of the log that it has taken in, 0 to 100, rounded down.
    public int percent() {
        return head == 0 ? 100 : (int) Math.min(100, position * 100 / head);
    }

    /// The time that the rest will take at that rate; null while there is none to tell by.
    public @Nullable Duration timeLeft() {
        return rate >= 1 || lag() == 0
                ? Duration.ofMillis((long) (lag() / Math.max(1, rate) * 1e3))
                : null;
    }
}
