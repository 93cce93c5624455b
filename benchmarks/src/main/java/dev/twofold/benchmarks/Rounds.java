package dev.twofold.benchmarks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/// The samples of contenders that took turns, round by round.
///
/// Ratios are made within a round, whose samples lie next to each other in time, and the median of
/// the rounds counts: what drifts in the machine meets all alike.
final class Rounds {
    private final Map<String, List<Sample>> samples = new LinkedHashMap<>();

    void add(String contender, Sample sample) {
        samples.computeIfAbsent(contender, _ -> new ArrayList<>()).add(sample);
    }

    Set<String> contenders() {
        return samples.keySet();
    }

    double median(String contender, ToDoubleFunction<Sample> value) {
        return median(of(contender).stream().mapToDouble(value).sorted().toArray());
    }

    /// A contender's value over that of another; empty where the other did not take part.
    String ratio(String contender, String to, ToDoubleFunction<Sample> value) {
        double[] ratios = ratios(contender, to, value);
        return ratios.length == 0 ? "" : "%.2f".formatted(median(ratios));
    }

    /// As [#ratio], with the least and the greatest of the rounds.
    String ratioWithRange(String contender, String to, ToDoubleFunction<Sample> value) {
        double[] ratios = ratios(contender, to, value);
        return ratios.length == 0
                ? ""
                : "%.2f (%.2f–%.2f)"
                        .formatted(median(ratios), ratios[0], ratios[ratios.length - 1]);
    }

    /// In ascending order.
    private double[] ratios(String contender, String to, ToDoubleFunction<Sample> value) {
        List<Sample> some = of(contender);
        List<Sample> others = contender.equals(to) ? List.of() : of(to);
        return IntStream.range(0, others.size())
                .mapToDouble(
                        i -> value.applyAsDouble(some.get(i)) / value.applyAsDouble(others.get(i)))
                .sorted()
                .toArray();
    }

    private List<Sample> of(String contender) {
        return samples.getOrDefault(contender, List.of());
    }

    /// @param ascending at least one value
    private static double median(double[] ascending) {
        int middle = ascending.length / 2;
        return ascending.length % 2 == 1
                ? ascending[middle]
                : (ascending[middle - 1] + ascending[middle]) / 2;
    }
}
