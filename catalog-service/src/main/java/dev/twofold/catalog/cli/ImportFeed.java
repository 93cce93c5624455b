package dev.twofold.catalog.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `catalog import`: takes a product feed in.
@Command(
        name = "import",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = {
            "Imports a product feed in the Google Merchant format: TSV or CSV in UTF-8, with a"
                    + " header line.",
            "The same feed again changes nothing; an import that was broken off is completed by"
                    + " importing again.",
            "Runs through the catalog on the data folder, which is started for the time if it does"
                    + " not run."
        },
        footer = {
            "",
            "For a catalog that asks for a key, put an editor's into CATALOG_KEY.",
            "Exit codes: 0 every line went in, 1 some were rejected or it failed, 2 wrong options."
        })
final class ImportFeed implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", description = "The feed.")
    private Path file = Path.of("");

    @Option(
            names = "--dry-run",
            description = "Tells what an import would do, and changes nothing.")
    private boolean dryRun;

    @Option(
            names = "--report",
            paramLabel = "FILE",
            description = "Where to write each problem of the feed, as one JSON object a line.")
    private @Nullable Path report;

    @Mixin private ServedCatalog catalog = new ServedCatalog();

    @Spec private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
            throw new ParameterException(
                    spec.commandLine(), "there is no file %s to read".formatted(file));
        }
        return catalog.use(spec.commandLine().getErr(), this::run);
    }

    private int run(URI base) throws IOException, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        try (FeedClient client = new FeedClient(base, System.getenv("CATALOG_KEY"))) {
            Instant start = Instant.now();
            FeedClient.Progress end =
                    client.follow(client.send(file, dryRun), ImportProgress.on(System.err));
            Duration time = Duration.between(start, Instant.now());
            if (end.state().equals("failed")) {
                spec.commandLine().getErr().println(end.message());
                return ExitCode.SOFTWARE;
            }
            if (report != null) {
                client.download(end.reportUrl(), report);
            }
            out.println(summary(end, time));
            if (end.rejected() == 0) {
                return ExitCode.OK;
            }
            out.println(
                    report == null
                            ? "The first lines that were rejected:"
                            : "Lines that were rejected are in " + report);
            if (report == null) {
                client.rejected(end.reportUrl(), 10).forEach(out::println);
                out.println("--report FILE writes them all to a file.");
            }
            return ExitCode.SOFTWARE;
        }
    }

    private static String summary(FeedClient.Progress end, Duration time) {
        double seconds = Math.max(time.toMillis(), 1) / 1000.0;
        return "%sLines: %,d in %.1f s (%,.0f a second), duplicate %,d, rejected %,d. Products: created %,d, changed %,d, unchanged %,d. Product events%s: %,d."
                .formatted(
                        end.dryRun() ? "Dry run, nothing is changed. " : "",
                        end.lines(),
                        seconds,
                        end.lines() / seconds,
                        end.duplicates(),
                        end.rejected(),
                        end.created(),
                        end.changed(),
                        end.unchanged(),
                        end.dryRun() ? " that would be recorded" : "",
                        end.events());
    }
}
