package dev.twofold.benchmarks;

import dev.twofold.Append;
import dev.twofold.Metadata;
import dev.twofold.benchmarks.ItemEvent.ItemChanged;
import dev.twofold.jackson.JacksonCodec;
import dev.twofold.postgres.GenerationStatus;
import dev.twofold.postgres.PostgresEventStore;
import dev.twofold.postgres.PostgresLog;
import dev.twofold.postgres.Projection;
import dev.twofold.postgres.Projections;
import dev.twofold.postgres.ViewAnswer.Found;
import dev.twofold.postgres.ViewReader;
import dev.twofold.postgres.ViewTable;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Queries of one document each at a steady rate, with commands beside them, before a rebuild of
/// what they ask and during it.
@Command(name = "rebuild", showDefaultValues = true, mixinStandardHelpOptions = true)
final class RebuildBenchmark implements Runnable {
    private static final String VIEW = "item-page";
    private static final Duration COMPUTED = Duration.ofMillis(2);

    @Option(names = "--events", defaultValue = "500000", description = "in the log; 20 an item")
    private long events;

    @Option(names = "--queries", defaultValue = "500", description = "a second")
    private int queries;

    @Option(names = "--appends", defaultValue = "20", description = "a second")
    private int appends;

    @Option(names = "--partitions", defaultValue = "1", description = "of the rebuild")
    private int partitions;

    @Option(
            names = "--paces",
            split = ",",
            defaultValue = "10,25,100",
            description = "percents of the time that the rebuild takes, one rebuild each a round")
    private List<Integer> paces = List.of();

    @Option(names = "--rounds", defaultValue = "3")
    private int rounds;

    @Option(
            names = "--time",
            defaultValue = "PT10S",
            description = "of queries before each rebuild")
    private Duration time = Duration.ZERO;

    @Option(
            names = "--compute",
            defaultValue = "false",
            description =
                    "also beside a thread that computes for such a share of the time, in turns of"
                            + " 2 ms, instead of a rebuild")
    private boolean compute;

    private final PrintStream out;
    private final Random random = new Random(1);

    RebuildBenchmark(PrintStream out) {
        this.out = out;
    }

    static void main(String[] args) {
        Logger.getLogger("").setLevel(Level.WARNING);
        System.exit(new CommandLine(new RebuildBenchmark(System.out)).execute(args));
    }

    @Override
    public void run() {
        ViewTable<ItemEvent, ItemPage> table =
                new ViewTable<>(new ItemPageView(VIEW), new JacksonCodec());
        try (Server server = new Server()) {
            PostgresLog.migrate(server.pool());
            new AxonStreaming(server.pool()).createTables();
            new ReplayLog(events).fill(server.pool());
            out.print(server.description());
            try (PostgresEventStore store = new PostgresEventStore(server.pool());
                    Projections projections =
                            new Projections(
                                    server.pool(),
                                    store,
                                    List.of(Projection.of(TwofoldContender.TYPES, table)))) {
                store.onGrowth(projections::appended);
                projections.start();
                if (!(projections.await(VIEW, events, Duration.ofMinutes(10))
                        instanceof dev.twofold.postgres.WaitOutcome.Reached)) {
                    throw new IllegalStateException("the view could not be filled");
                }
                measure(projections, store, new ViewReader<>(server.pool(), table));
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private void measure(
            Projections projections, PostgresEventStore store, ViewReader<ItemPage> reader) {
        List<Round> measured = new ArrayList<>();
        for (int round = 0; round <= rounds; round++) {
            for (int pace : paces) {
                Round one = round(round, pace, projections, store, reader);
                if (round > 0) { // the first is for warming up
                    measured.add(one);
                    if (compute) {
                        measured.add(computing(one, store, reader));
                    }
                }
            }
        }
        out.printf("%n### %,d queries and %d commands a second%n%n", queries, appends);
        out.println(
                "| round | beside | pace % | p99 during ÷ before | p50 before ms | p50 during ms |"
                        + " p99 before ms | p99 during ms | rebuild s | events/s |");
        out.println("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
        for (Round round : measured) {
            out.printf(
                    "| %d | %s | %d | %.2f | %.2f | %.2f | %.2f | %.2f | %.1f | %s |%n",
                    round.number,
                    round.rebuild ? "rebuild" : "computation",
                    round.pace,
                    round.during.millis(99) / round.before.millis(99),
                    round.before.millis(50),
                    round.during.millis(50),
                    round.before.millis(99),
                    round.during.millis(99),
                    round.seconds,
                    round.rebuild ? "%,.0f".formatted(events / round.seconds) : "");
        }
    }

    private Round round(
            int number,
            int pace,
            Projections projections,
            PostgresEventStore store,
            ViewReader<ItemPage> reader) {
        long end = System.nanoTime() + time.toNanos();
        OpenLoop before = load(store, reader, () -> System.nanoTime() < end);
        long begin = System.nanoTime();
        int generation = projections.rebuild(VIEW, partitions);
        projections.paceRebuild(VIEW, pace);
        OpenLoop during = load(store, reader, () -> !serves(projections, generation));
        double seconds = (System.nanoTime() - begin) / 1e9;
        return new Round(number, true, pace, before, during, seconds);
    }

    /// As a round with a rebuild was, for as long and at its pace, beside a thread that computes.
    private Round computing(Round rebuild, PostgresEventStore store, ViewReader<ItemPage> reader) {
        long end = System.nanoTime() + (long) (rebuild.seconds * 1e9);
        BooleanSupplier goOn = () -> System.nanoTime() < end;
        Thread computing =
                Thread.ofPlatform()
                        .name("benchmark-compute")
                        .start(
                                () -> {
                                    while (goOn.getAsBoolean()) {
                                        compute(rebuild.pace);
                                    }
                                });
        OpenLoop during = load(store, reader, goOn);
        try {
            computing.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return new Round(
                rebuild.number, false, rebuild.pace, rebuild.before, during, rebuild.seconds);
    }

    /// For a while, and rests.
    private static void compute(int percent) {
        long begin = System.nanoTime();
        while (System.nanoTime() - begin < COMPUTED.toNanos()) {
            Thread.onSpinWait();
        }
        LockSupport.parkNanos(COMPUTED.toNanos() * (100 - percent) / percent);
    }

    private OpenLoop load(
            PostgresEventStore store, ViewReader<ItemPage> reader, BooleanSupplier goOn) {
        long items = events / 20;
        return OpenLoop.run(
                goOn,
                new OpenLoop.Call(queries, () -> query(reader, item(items)), true),
                new OpenLoop.Call(appends, () -> append(store, item(items)), false));
    }

    private synchronized String item(long items) {
        return "%08d".formatted(random.nextLong(items));
    }

    private static void query(ViewReader<ItemPage> reader, String item) {
        if (!(reader.find(item) instanceof Found<ItemPage>)) {
            throw new IllegalStateException("item " + item + " was not found");
        }
    }

    private static void append(PostgresEventStore store, String item) {
        store.append(
                Append.of(
                        List.of(
                                TwofoldContender.TYPES.encode(
                                        new ItemChanged(item, 20, ItemEvent.note()),
                                        Metadata.none()))));
    }

    private static boolean serves(Projections projections, int generation) {
        return projections.list().stream()
                .filter(status -> status.generation() == generation)
                .map(GenerationStatus::role)
                .anyMatch("serving"::equals);
    }

    private record Round(
            int number,
            boolean rebuild,
            int pace,
            OpenLoop before,
            OpenLoop during,
            double seconds) {}
}
