package dev.twofold.postgres;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// How one partition of a generation of a projection is doing.
///
/// @param role of the generation: `serving` queries, `building` beside the one that serves, or
///   `retired` and kept for a rollback
/// @param partition from 0 on
/// @param partitions that the generation has
/// @param position up to which it has taken in the log
/// @param head of the log
/// @param lagTime for how long the next event has been in the log; zero if there is none
/// @param rate positions of the log a second, most of it of the last ten seconds
/// @param batch how many events the last batch had
/// @param parked events that are set aside until someone has looked into them
/// @param retried events that are set aside and tried again unasked, or wait behind such ones
/// @param pending events that are not folded into all of their documents yet
/// @param changed whether this process, though of the same revision, would make the documents in
///   another way than the one that began the generation, as far as can be seen
/// @param node that did the last batch; null if there was none
/// @param reason why it stands still, if it does
/// @param movedAt when it last took something in, or tried, by the clock of the database
/// @param asOf when all this was so
public record PartitionStatus(
        String projection,
        int generation,
        int revision,
        String role,
        int partition,
        int partitions,
        long position,
        long head,
        Duration lagTime,
        double rate,
        int batch,
        long parked,
        long retried,
        long pending,
        boolean changed,
        @Nullable String node,
        @Nullable String reason,
        Instant movedAt,
        Instant asOf) {

    /// Positions of the log that it has not taken in.
    public long lag() {
        return Math.max(0, head - position);
    }

    PartitionStatus withLagTime(Duration time) {
        return new PartitionStatus(
                projection,
                generation,
                revision,
                role,
                partition,
                partitions,
                position,
                head,
                time,
                rate,
                batch,
                parked,
                retried,
                pending,
                changed,
                node,
                reason,
                movedAt,
                asOf);
    }
}
