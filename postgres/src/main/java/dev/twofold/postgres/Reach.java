package dev.twofold.postgres;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// How far the serving generation of a projection has come, as far as this process knows.
///
/// @param of how many partitions it has; 0 if there is no such generation
/// @param partitions those of which something is known; a partition of which nothing is known is at
///   position 0
record Reach(int generation, int of, Map<Integer, Standing> partitions) {
    static final Reach NOWHERE = new Reach(0, 0, Map.of());

    /// Where one partition is.
    ///
    /// @param stopped why it goes no further, if so
    /// @param anyParked whether events are set aside for any of its documents
    /// @param pending the first event that is not folded into all of its documents yet, if any
    record Standing(
            long position, @Nullable String stopped, boolean anyParked, @Nullable Pending pending) {
        static final Standing NOWHERE = new Standing(0, null, false, null);

        /// Up to where all of its documents are, but those for which events are set aside.
        long settled() {
            return pending == null ? position : Math.min(position, pending.position - 1);
        }

        /// This or the other, whichever was true later; the other was learnt of later.
        Standing orNewer(Standing other) {
            return other.position < position ? this : other;
        }

        boolean settles(long wanted) {
            return position >= wanted || stopped != null;
        }
    }

    /// @param upToKey up to which key, as the database orders them, the documents are done
    record Pending(long position, String upToKey) {}

    static Reach of(Partition partition, Standing standing) {
        return new Reach(
                partition.generation(), partition.of(), Map.of(partition.number(), standing));
    }

    /// Up to where the documents of all partitions are.
    long position() {
        return partitions.size() < of || of == 0
                ? 0
                : partitions.values().stream().mapToLong(Standing::settled).min().orElse(0);
    }

    /// All partitions as one, to those who wait for a position: stopped if one is that they need.
    Standing towards(long wanted) {
        @Nullable String stopped =
                partitions.values().stream()
                        .filter(standing -> standing.settled() < wanted)
                        .map(Standing::stopped)
                        .filter(Objects::nonNull)
                        .findFirst()
                        .orElse(null);
        return new Standing(
                position(),
                stopped,
                partitions.values().stream().anyMatch(Standing::anyParked),
                null);
    }

    /// The partition of one key.
    Standing of(String key) {
        return of == 0
                ? Standing.NOWHERE
                : partitions.getOrDefault(Partition.number(key, of), Standing.NOWHERE);
    }

    /// What is known after something was learnt.
    Reach orNewer(Reach other) {
        if (other.generation != generation || other.of != of) {
            return other;
        }
        Map<Integer, Standing> merged = new HashMap<>(partitions);
        other.partitions.forEach(
                (number, standing) -> merged.merge(number, standing, Standing::orNewer));
        return new Reach(generation, of, Map.copyOf(merged));
    }
}
