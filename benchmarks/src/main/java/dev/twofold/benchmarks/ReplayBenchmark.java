package dev.twofold.benchmarks;

import dev.twofold.benchmarks.AxonStreaming.Handler;
import dev.twofold.benchmarks.AxonStreaming.Settings;
import dev.twofold.benchmarks.Replayer.Replay;
import dev.twofold.postgres.PostgresEventStore;
import dev.twofold.postgres.PostgresLog;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// A log taken in from its first event, into nothing, into small documents and into product pages,
/// by Twofold and by Axon Framework, in one run on one server.
@Command(name = "replay", showDefaultValues = true, mixinStandardHelpOptions = true)
final class ReplayBenchmark implements Runnable {
    private static final List<Settings> AXON =
            List.of(
                    new Settings(false, 1, 1), // by default
                    new Settings(true, 1, 16), // by default
                    new Settings(false, 256, 1),
                    new Settings(false, 256, 4),
                    new Settings(false, 5_000, 1),
                    new Settings(false, 5_000, 4),
                    new Settings(true, 256, 1),
                    new Settings(true, 256, 4),
                    new Settings(true, 5_000, 1),
                    new Settings(true, 5_000, 4));

    private static final Duration PAUSE = Duration.ofMillis(50);

    @Option(names = "--events", defaultValue = "1000000")
    private long events;

    @Option(names = "--rounds", defaultValue = "3")
    private int rounds;

    @Option(
            names = "--time",
            defaultValue = "PT10S",
            description = "of each round at most; what was taken in by then counts")
    private Duration time = Duration.ZERO;

    @Option(
            names = "--contenders",
            split = ";",
            defaultValue = "",
            description = "all whose names start with one of these, separated by ;")
    private List<String> names = List.of();

    @Option(
            names = "--into",
            split = ",",
            defaultValue = "NOTHING,DOCUMENTS,PRODUCTS",
            description = "of ${COMPLETION-CANDIDATES}")
    private List<Into> into = List.of();

    private final PrintStream out;
    private int runs;

    /// What the log is taken into.
    private enum Into {
        NOTHING("nothing"),
        DOCUMENTS("documents"),
        PRODUCTS("product pages");

        private final String text;

        Into(String text) {
            this.text = text;
        }
    }

    ReplayBenchmark(PrintStream out) {
        this.out = out;
    }

    static void main(String[] args) {
        Logger.getLogger("").setLevel(Level.WARNING);
        System.exit(new CommandLine(new ReplayBenchmark(System.out)).execute(args));
    }

    @Override
    public void run() {
        try (Server server = new Server()) {
            PostgresLog.migrate(server.pool());
            new AxonStreaming(server.pool()).createTables();
            new ReplayLog(events).fill(server.pool());
            out.print(server.description());
            try (PostgresEventStore store = new PostgresEventStore(server.pool())) {
                for (Into each : into) {
                    compare("Replay into " + each.text, server, replayers(each, server, store));
                }
            }
        }
    }

    private static List<Replayer> replayers(Into into, Server server, PostgresEventStore store) {
        return switch (into) {
            case NOTHING -> intoNothing(server, store);
            case DOCUMENTS -> intoDocuments(server, store, ItemPage::small);
            case PRODUCTS -> intoDocuments(server, store, ItemPage::product);
        };
    }

    private static List<Replayer> intoNothing(Server server, PostgresEventStore store) {
        List<Replayer> replayers = new ArrayList<>();
        replayers.add(TwofoldReplayer.intoNothing(server, store));
        for (Settings settings : AXON) {
            replayers.add(new AxonReplayer(server, settings, Handler.NOTHING, ItemPage::small));
        }
        return replayers;
    }

    private static List<Replayer> intoDocuments(
            Server server, PostgresEventStore store, ItemPage.Fold fold) {
        List<Replayer> replayers = new ArrayList<>();
        replayers.add(TwofoldReplayer.intoDocuments(server, store, fold));
        for (Settings settings : AXON) {
            replayers.add(new AxonReplayer(server, settings, Handler.EACH, fold));
            if (settings.batch() > 1) {
                replayers.add(new AxonReplayer(server, settings, Handler.BATCHED, fold));
            }
        }
        return replayers;
    }

    /// Compares the first with each of the others.
    private void compare(String title, Server server, List<Replayer> replayers) {
        Map<String, List<Taken>> taken = new LinkedHashMap<>();
        for (int round = 0; round <= rounds; round++) {
            for (Replayer replayer : replayers) {
                if (names.stream().noneMatch(replayer.name()::startsWith)) {
                    continue;
                }
                Taken measured = measure(server, replayer);
                if (round > 0) { // the first is for warming up
                    taken.computeIfAbsent(replayer.name(), _ -> new ArrayList<>()).add(measured);
                }
            }
        }
        out.printf("%n### %s%n%n", title);
        out.println("| contender | Twofold ÷ it | CPU of Twofold ÷ its | events/s | CPU µs |");
        out.println("| --- | --- | --- | --- | --- |");
        Taken first = median(taken.values().iterator().next());
        taken.forEach(
                (name, rounds) -> {
                    Taken middle = median(rounds);
                    out.printf(
                            "| %s | %.2f | %.2f | %,.0f | %.1f |%n",
                            name,
                            first.perSecond() / middle.perSecond(),
                            first.cpuEach() / middle.cpuEach(),
                            middle.perSecond(),
                            middle.cpuEach());
                });
    }

    private Taken measure(Server server, Replayer replayer) {
        runs++;
        server.execute("VACUUM"); // what others have left is not this one's to clean up
        server.execute("CHECKPOINT");
        Cpu before = server.cpu();
        long begin = System.nanoTime();
        try (Replay replay = replayer.start(Integer.toString(runs))) {
            while (replay.events() < events && System.nanoTime() - begin < time.toNanos()) {
                LockSupport.parkNanos(PAUSE.toNanos());
            }
            double seconds = (System.nanoTime() - begin) / 1e9;
            long taken = Math.max(1, replay.events());
            Cpu cpu = server.cpu().since(before);
            double micros = cpu.client().plus(cpu.server()).toNanos() / 1e3;
            return new Taken(taken / seconds, micros / taken);
        }
    }

    private static Taken median(List<Taken> rounds) {
        return rounds.stream()
                .sorted(Comparator.comparingDouble(Taken::perSecond))
                .skip(rounds.size() / 2)
                .findFirst()
                .orElseThrow();
    }

    /// @param cpuEach microseconds for each event
    private record Taken(double perSecond, double cpuEach) {}
}
