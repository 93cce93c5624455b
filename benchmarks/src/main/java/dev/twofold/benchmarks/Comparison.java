package dev.twofold.benchmarks;

import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Option;

/// Lets contenders take turns at each work with each number of callers, and prints a table of it.
final class Comparison {
    private static final int WARM_UP_CALLERS = 32;

    @Option(names = "--callers", split = ",", defaultValue = "1,8,32,256")
    private List<Integer> callers = List.of();

    @Option(names = "--rounds", defaultValue = "5")
    private int rounds;

    @Option(names = "--time", defaultValue = "PT4S", description = "of each round")
    private Duration time = Duration.ZERO;

    @Option(names = "--warm-up", defaultValue = "PT15S", description = "of each contender")
    private Duration warmUp = Duration.ZERO;

    @Option(
            names = "--contenders",
            split = ",",
            defaultValue = "",
            description = "all whose names start with one of these")
    private List<String> names = List.of();

    private int runs;

    void run(Server server, List<Contender> contenders, List<String> baselines, PrintStream out) {
        out.print(server.description());
        out.printf("%d rounds of %s each, after %s of warm-up%n", rounds, time, warmUp);
        for (Work work : Work.values()) {
            List<Contender> entered = contenders.stream().filter(one -> enters(one, work)).toList();
            if (!entered.isEmpty()) {
                if (warmUp.isPositive()) {
                    entered.forEach(one -> measure(server, one, work, WARM_UP_CALLERS, warmUp));
                }
                out.printf("%n### %s%n%n", work.title());
                Table table = new Table(baselines, out);
                for (int count : callers) {
                    table.add(count, measure(server, entered, work, count));
                }
            }
        }
    }

    private boolean enters(Contender contender, Work work) {
        return contender.works().contains(work)
                && names.stream().anyMatch(contender.name()::startsWith);
    }

    private Rounds measure(Server server, List<Contender> contenders, Work work, int count) {
        Rounds measured = new Rounds();
        for (int round = 1; round <= rounds; round++) {
            for (Contender contender : contenders) {
                measured.add(contender.name(), measure(server, contender, work, count, time));
            }
        }
        return measured;
    }

    private Sample measure(
            Server server, Contender contender, Work work, int count, Duration length) {
        runs++;
        String run = "%04d".formatted(runs);
        contender.prepare(work, run);
        Cpu before = server.cpu();
        Load load = contender.run(work, run, count, length);
        return new Sample(load, server.cpu().since(before));
    }
}
