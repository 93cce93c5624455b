package dev.twofold.catalog.cli;

import dev.twofold.EventTypes;
import dev.twofold.catalog.CatalogEvent;
import dev.twofold.catalog.CatalogEvents;
import dev.twofold.catalog.CatalogTables;
import dev.twofold.catalog.TablesFromLog;
import dev.twofold.jackson.JacksonCodec;
import dev.twofold.postgres.LogArchive;
import dev.twofold.postgres.PostgresEventStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import javax.sql.DataSource;
import me.tongfei.progressbar.ProgressBar;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `catalog log import`: a log out of a file.
@Command(
        name = "import",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = {
            "Takes the events of an exported log into an empty log, at the positions they had,",
            "or goes on where an earlier import of the same file ended. The tables of brands",
            "and categories are made anew from the log."
        })
final class LogImport implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", description = "A file that `log export` wrote.")
    private Path file = Path.of("");

    @Mixin private Place place = new Place();

    @Spec private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new ParameterException(spec.commandLine(), "there is no file " + file);
        }
        long events;
        try (Stream<String> lines = Files.lines(file)) {
            events = lines.count();
        }
        return LogDatabase.make(place, database -> take(database, events));
    }

    private int take(DataSource database, long lines) throws IOException {
        long events;
        try (ProgressBar bar = new ProgressBar("Importing", lines)) {
            events = new LogArchive(database).importFrom(file, bar::stepTo);
        }
        CatalogTables.migrate(database);
        try (PostgresEventStore store = new PostgresEventStore(database)) {
            EventTypes<CatalogEvent> types = CatalogEvents.types(new JacksonCodec());
            new TablesFromLog(new CatalogTables(database, store, types), store, types).fill();
        }
        spec.commandLine().getOut().println("The log has %,d events.".formatted(events));
        return ExitCode.OK;
    }
}
