package dev.twofold.catalog.cli;

import dev.twofold.postgres.LogArchive;
import dev.twofold.postgres.PostgresEventStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import javax.sql.DataSource;
import me.tongfei.progressbar.ProgressBar;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `catalog log export`: the log as a file.
@Command(
        name = "export",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = {
            "Writes the log to a file, one line of JSON for each event.",
            "A file that an earlier export left is continued."
        })
final class LogExport implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", description = "The file to write.")
    private Path file = Path.of("");

    @Mixin private Place place = new Place();

    @Spec private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException {
        return LogDatabase.use(place, this::export);
    }

    private int export(DataSource database) throws IOException {
        long events;
        try (PostgresEventStore store = new PostgresEventStore(database)) {
            events = store.head();
        }
        try (ProgressBar bar = new ProgressBar("Exporting", events)) {
            events = new LogArchive(database).exportTo(file, bar::stepTo);
        }
        spec.commandLine().getOut().println("%s has %,d events.".formatted(file, events));
        return ExitCode.OK;
    }
}
