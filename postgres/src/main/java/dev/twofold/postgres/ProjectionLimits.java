package dev.twofold.postgres;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// What is asked of projections, and what does not hold.
///
/// A generation that serves is behind no further than allowed; it stands still as little as one
/// that is being built. A partition without a checkpoint is behind.
///
/// @param lag events of the log that a partition may be behind
/// @param lagTime for how long the next event may have been in the log
/// @param parked events of one generation that may wait for someone to look into them
public record ProjectionLimits(long lag, Duration lagTime, long parked) {
    private static final String RETIRED = "retired";
    private static final String SERVING = "serving";

    public ProjectionLimits {
        if (lag < 0 || lagTime.isNegative() || parked < 0) {
            throw new IllegalArgumentException(
                    "limits are 0 or more, but were a lag of %d events and %s, and %d parked events"
                            .formatted(lag, lagTime, parked));
        }
    }

    /// A sentence for each thing that is amiss; none if all is well.
    ///
    /// @param expected the projections that there should be
    public List<String> alarms(Set<String> expected, List<PartitionStatus> all) {
        List<String> alarms = new ArrayList<>();
        Set<String> missing = new TreeSet<>(expected);
        Map<String, Long> parkedBy = new HashMap<>();
        Map<String, Set<Integer>> lost = new TreeMap<>();
        for (PartitionStatus status : all) {
            if (status.role().equals(SERVING)) {
                missing.remove(status.projection());
            }
            if (!status.role().equals(RETIRED)) {
                addTo(alarms, status);
                parkedBy.merge(name(status, false), status.parked(), Long::sum);
                lost.computeIfAbsent(name(status, false), _ -> numbers(status.partitions()))
                        .remove(status.partition());
            }
        }
        lost.forEach(
                (name, numbers) ->
                        numbers.forEach(
                                number ->
                                        alarms.add(
                                                "%s, partition %d, has no checkpoint, so nobody knows how far it is; rebuild it"
                                                        .formatted(name, number))));
        parkedBy.entrySet().stream()
                .filter(entry -> entry.getValue() > parked)
                .sorted(Map.Entry.comparingByKey())
                .forEach(
                        entry ->
                                alarms.add(
                                        "%s has parked %,d events, allowed are %,d"
                                                .formatted(
                                                        entry.getKey(), entry.getValue(), parked)));
        missing.forEach(name -> alarms.add(name + " has not been begun"));
        return alarms;
    }

    private static Set<Integer> numbers(int partitions) {
        return IntStream.range(0, partitions)
                .boxed()
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private void addTo(List<String> alarms, PartitionStatus status) {
        if (status.reason() != null) {
            alarms.add(
                    "%s stands still after position %,d: %s"
                            .formatted(name(status, true), status.position(), status.reason()));
        }
        if (!status.role().equals(SERVING)) {
            return;
        }
        if (status.lag() > lag) {
            alarms.add(
                    "%s is %,d events behind, allowed are %,d"
                            .formatted(name(status, true), status.lag(), lag));
        }
        if (status.lagTime().compareTo(lagTime) > 0) {
            alarms.add(
                    "%s is %d seconds behind, allowed are %d"
                            .formatted(
                                    name(status, true),
                                    status.lagTime().toSeconds(),
                                    lagTime.toSeconds()));
        }
    }

    private static String name(PartitionStatus status, boolean withPartition) {
        String name =
                status.role().equals(SERVING)
                        ? status.projection()
                        : "%s, generation %d, which is being built"
                                .formatted(status.projection(), status.generation());
        return withPartition && status.partitions() > 1
                ? "%s, partition %d".formatted(name, status.partition())
                : name;
    }
}
