package dev.twofold.catalog.cli;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `catalog export`: writes the catalog out as a product feed.
@Command(
        name = "export",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = {
            "Writes all products for sale as a feed in the Google Merchant format: TSV in UTF-8.",
            "Imported into an empty catalog, it makes the same products; into this one, it changes"
                    + " nothing.",
            "Ids, reviews and history are no part of a feed; \"catalog log export\" keeps all."
        },
        footer = {
            "",
            "For a catalog that asks for a key, put a reader's into CATALOG_KEY.",
            "Exit codes: 0 the feed is written, 1 it failed, 2 wrong options."
        })
final class ExportFeed implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", description = "Where to write; replaced if it is there.")
    private Path file = Path.of("");

    @Option(
            names = "--partial",
            description = "Leaves out products that no feed can state, instead of refusing.")
    private boolean partial;

    @Mixin private ServedCatalog catalog = new ServedCatalog();

    @Spec private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException, InterruptedException {
        return catalog.useExisting(spec.commandLine().getErr(), this::run);
    }

    private int run(URI base) throws IOException, InterruptedException {
        try (CatalogClient client = new CatalogClient(base, System.getenv("CATALOG_KEY"))) {
            client.download("/export/feed?partial=" + partial, file.toAbsolutePath());
            spec.commandLine()
                    .getOut()
                    .println("%,d bytes are in %s.".formatted(Files.size(file), file));
            return ExitCode.OK;
        }
    }
}
