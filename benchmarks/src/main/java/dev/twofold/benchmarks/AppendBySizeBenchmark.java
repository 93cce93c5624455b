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

/// Appends to logs of different sizes, in one run on one server.
@Command(name = "append-by-size", showDefaultValues = true, mixinStandardHelpOptions = true)
final class AppendBySizeBenchmark implements Runnable {
    @Mixin private final Comparison comparison = new Comparison();

    @Option(names = "--events", split = ",", defaultValue = "10000,1000000,10000000")
    private List<Long> sizes = List.of();

    private final PrintStream out;

    AppendBySizeBenchmark(PrintStream out) {
        this.out = out;
    }

    static void main(String[] args) {
        Logger.getLogger("").setLevel(Level.WARNING);
        System.exit(new CommandLine(new AppendBySizeBenchmark(System.out)).execute(args));
    }

    /// The logs are compared with the first.
    @Override
    public void run() {
        try (Server server = new Server()) {
            List<Contender> contenders = new ArrayList<>();
            for (long size : sizes) {
                String database = "log_" + size;
                contenders.add(new SizedLogContender(new BulkLog(size), server.pool(database)));
            }
            server.execute("CHECKPOINT");
            comparison.run(server, contenders, List.of(contenders.getFirst().name()), out);
            contenders.forEach(Contender::close);
        }
    }
}
