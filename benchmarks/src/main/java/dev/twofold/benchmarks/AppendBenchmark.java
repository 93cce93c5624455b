package dev.twofold.benchmarks;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Creates and updates through Twofold and through Axon Framework, and single inserts by pgbench,
/// in one run on one server.
@Command(name = "append", showDefaultValues = true, mixinStandardHelpOptions = true)
final class AppendBenchmark implements Runnable {
    @Mixin private final Comparison comparison = new Comparison();

    @Option(
            names = "--streams",
            defaultValue = "4096",
            description = "that are there to be updated, anew for each round")
    private int streams;

    private final PrintStream out;

    AppendBenchmark(PrintStream out) {
        this.out = out;
    }

    static void main(String[] args) {
        Logger.getLogger("").setLevel(Level.WARNING);
        System.exit(new CommandLine(new AppendBenchmark(System.out)).execute(args));
    }

    @Override
    public void run() {
        try (Server server = new Server()) {
            List<Contender> contenders = new ArrayList<>();
            contenders.add(TwofoldContender.uncached(server, streams));
            contenders.add(TwofoldContender.cached(server, streams));
            contenders.add(AxonContender.uncached(server, streams));
            contenders.add(AxonContender.cached(server, streams));
            PgbenchContender.find(server).ifPresent(contenders::add);
            comparison.run(server, contenders, List.of("Axon", "Axon, cache", "pgbench"), out);
            contenders.forEach(Contender::close);
        }
    }
}
