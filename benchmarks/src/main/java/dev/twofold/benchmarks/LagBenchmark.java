package dev.twofold.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.twofold.benchmarks.AxonStreaming.Handler;
import dev.twofold.benchmarks.AxonStreaming.Settings;
import dev.twofold.postgres.PostgresLog;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.ToDoubleFunction;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// The time from a command to a document that queries see, at steady rates, by Twofold and by Axon
/// Framework, in one run on one server.
@Command(name = "lag", showDefaultValues = true, mixinStandardHelpOptions = true)
final class LagBenchmark implements Runnable {
    private static final int DIGITS = 3;
    private static final Duration LONGEST = Duration.ofMinutes(1);

    @Option(names = "--rates", split = ",", defaultValue = "100,1000", description = "a second")
    private List<Integer> rates = List.of();

    @Option(names = "--rounds", defaultValue = "3")
    private int rounds;

    @Option(names = "--time", defaultValue = "PT10S", description = "of each rate in each round")
    private Duration time = Duration.ZERO;

    @Option(
            names = "--warm-up",
            defaultValue = "PT3S",
            description = "before each, at the same rate, unmeasured")
    private Duration warmUp = Duration.ZERO;

    @Option(
            names = "--contenders",
            split = ";",
            defaultValue = "",
            description = "all whose names start with one of these, separated by ;")
    private List<String> names = List.of();

    @Option(
            names = "--steps",
            defaultValue = "false",
            description = "print what the calls of the database took, in the last round")
    private boolean steps;

    private final PrintStream out;
    private final StepClock clock = new StepClock();
    private int runs;

    LagBenchmark(PrintStream out) {
        this.out = out;
    }

    static void main(String[] args) {
        Logger.getLogger("").setLevel(Level.WARNING);
        System.exit(new CommandLine(new LagBenchmark(System.out)).execute(args));
    }

    @Override
    public void run() {
        try (Server server = new Server()) {
            PostgresLog.migrate(server.pool());
            new AxonStreaming(server.pool()).createTables();
            out.print(server.description());
            List<LagContender> contenders =
                    contenders(steps ? clock.over(server.pool()) : server.pool()).stream()
                            .filter(one -> names.stream().anyMatch(one.name()::startsWith))
                            .toList();
            for (int rate : rates) {
                Map<String, List<Lag>> lags = new LinkedHashMap<>();
                ByteArrayOutputStream printed = new ByteArrayOutputStream();
                for (int round = 0; round <= rounds; round++) {
                    for (LagContender contender : contenders) {
                        Lag lag = measure(contender, rate);
                        if (steps && round == rounds) {
                            clock.print(
                                    new PrintStream(printed, true, UTF_8),
                                    contender.name(),
                                    lag.visible.latency().getTotalCount());
                        }
                        if (round > 0) { // the first is for warming up
                            lags.computeIfAbsent(contender.name(), _ -> new ArrayList<>()).add(lag);
                        }
                    }
                }
                print(rate, lags);
                if (steps) {
                    out.printf(
                            "%n| contender | step | for each command | p50 ms | p99 ms |%n"
                                    + "| --- | --- | --- | --- | --- |%n%s",
                            printed.toString(UTF_8));
                }
            }
        }
    }

    private static List<LagContender> contenders(DataSource server) {
        return List.of(
                new TwofoldLag(server),
                new AxonLag(server, new Settings(false, 1, 1), Handler.EACH), // by default
                new AxonLag(server, new Settings(true, 1, 16), Handler.EACH), // by default
                new AxonLag(server, new Settings(false, 256, 1), Handler.BATCHED),
                new AxonLag(server, new Settings(false, 256, 4), Handler.BATCHED),
                new AxonLag(server, new Settings(true, 256, 1), Handler.BATCHED),
                new AxonLag(server, new Settings(true, 256, 4), Handler.BATCHED),
                new AxonLag(server, new Settings(false, 5_000, 1), Handler.BATCHED),
                new AxonLag(server, new Settings(true, 5_000, 4), Handler.BATCHED));
    }

    /// @param visible from when a command was due until its document was committed
    /// @param acknowledged from its begin until its events were durable
    private record Lag(OpenLoop visible, OpenLoop acknowledged) {
        double millis(double percentile) {
            return visible.millis(percentile);
        }
    }

    private Lag measure(LagContender contender, int rate) {
        runs++;
        Map<String, CompletableFuture<String>> awaited = new ConcurrentHashMap<>();
        try (LagContender.Running running =
                contender.start(
                        Integer.toString(runs),
                        id -> {
                            CompletableFuture<String> visible = awaited.remove(id);
                            if (visible != null) {
                                visible.complete(id);
                            }
                        })) {
            load(running, awaited, rate, warmUp);
            clock.reset();
            return load(running, awaited, rate, time);
        }
    }

    private static Lag load(
            LagContender.Running running,
            Map<String, CompletableFuture<String>> awaited,
            int rate,
            Duration length) {
        long end = System.nanoTime() + length.toNanos();
        Histogram acknowledged = new ConcurrentHistogram(DIGITS);
        OpenLoop visible =
                OpenLoop.run(
                        () -> System.nanoTime() < end,
                        new OpenLoop.Call(
                                rate, () -> create(running, awaited, acknowledged), true));
        return new Lag(visible, new OpenLoop(acknowledged, visible.late()));
    }

    /// Returns when the item's document is visible, or after a minute.
    private static void create(
            LagContender.Running running,
            Map<String, CompletableFuture<String>> awaited,
            Histogram acknowledged) {
        String id = UUID.randomUUID().toString();
        CompletableFuture<String> visible = new CompletableFuture<>();
        awaited.put(id, visible);
        long begin = System.nanoTime();
        running.send(new ItemCommand.CreateItem(id, ItemEvent.note()));
        acknowledged.recordValue((System.nanoTime() - begin) / 1_000);
        try {
            visible.get(LONGEST.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException _) {
            awaited.remove(id); // and a minute is what counts
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    private void print(int rate, Map<String, List<Lag>> lags) {
        out.printf("%n### %,d commands a second%n%n", rate);
        out.println(
                "| contender | p50 of Twofold ÷ its | p99 of Twofold ÷ its | p50 ms | p99 ms |"
                        + " most ms | acknowledged p50 ms |");
        out.println("| --- | --- | --- | --- | --- | --- | --- |");
        List<Lag> first = lags.values().iterator().next();
        lags.forEach(
                (name, rounds) ->
                        out.printf(
                                "| %s | %.2f | %.2f | %.2f | %.2f | %.1f | %.2f |%n",
                                name,
                                ratio(first, rounds, lag -> lag.millis(50)),
                                ratio(first, rounds, lag -> lag.millis(99)),
                                median(rounds, lag -> lag.millis(50)),
                                median(rounds, lag -> lag.millis(99)),
                                median(rounds, lag -> lag.millis(100)),
                                median(rounds, lag -> lag.acknowledged.millis(50))));
        List<List<Lag>> peers = lags.values().stream().skip(1).toList();
        if (!peers.isEmpty()) {
            out.printf(
                    "%nTwofold ÷ the best of Axon's in each round: p50 %.2f, p99 %.2f%n",
                    toBest(first, peers, 50), toBest(first, peers, 99));
        }
    }

    /// The median of the ratios within each round.
    private static double ratio(List<Lag> some, List<Lag> others, ToDoubleFunction<Lag> value) {
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < some.size(); i++) {
            ratios.add(value.applyAsDouble(some.get(i)) / value.applyAsDouble(others.get(i)));
        }
        return middle(ratios);
    }

    private static double toBest(List<Lag> first, List<List<Lag>> peers, int percentile) {
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < first.size(); i++) {
            int round = i;
            double best =
                    peers.stream()
                            .mapToDouble(rounds -> rounds.get(round).millis(percentile))
                            .min()
                            .orElseThrow();
            ratios.add(first.get(i).millis(percentile) / best);
        }
        return middle(ratios);
    }

    private static double median(List<Lag> rounds, ToDoubleFunction<Lag> value) {
        return middle(rounds.stream().map(value::applyAsDouble).toList());
    }

    private static double middle(List<Double> values) {
        return values.stream().sorted().skip(values.size() / 2).findFirst().orElseThrow();
    }
}
