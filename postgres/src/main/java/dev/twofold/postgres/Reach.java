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
    record Standing(long position, @Nullable String stopped, boolean anyParked) {
        static final Standing NOWHERE = new Standing(0, null, false);

        /// This or the other, whichever was true later; the other was learnt of later.
        Standing orNewer(Standing other) {
            return other.position < position ? this : other;
        }

        boolean settles(long wanted) {
            return position >= wanted || stopped != null;
        }
    }

    static Reach of(
            Partition partition, long position, @Nullable String stopped, boolean anyParked) {
        return new Reach(
                partition.generation(),
                partition.of(),
                Map.of(partition.number(), new Standing(position, stopped, anyParked)));
    }

    /// Up to where all partitions are.
    long position() {
        return partitions.size() < of || of == 0
                ? 0
                : partitions.values().stream().mapToLong(Standing::position).min().orElse(0);
    }

    /// All partitions as one, to those who wait for a position: stopped if one is that they need.
    Standing towards(long wanted) {
        @Nullable String stopped =
                partitions.values().stream()
                        .filter(standing -> standing.position < wanted)
                        .map(Standing::stopped)
                        .filter(Objects::nonNull)
                        .findFirst()
                        .orElse(null);
        return new Standing(
                position(), stopped, partitions.values().stream().anyMatch(Standing::anyParked));
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
