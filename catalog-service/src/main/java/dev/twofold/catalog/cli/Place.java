package dev.twofold.catalog.cli;

import dev.twofold.catalog.database.DatabaseUrl;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// Where a catalog keeps its data: options that several commands share.
final class Place {
    @Option(
            names = "--data",
            paramLabel = "DIR",
            defaultValue = "data",
            description = {
                "Folder that keeps the data (default: ${DEFAULT-VALUE}, in the current folder).",
                "One catalog at a time runs on a folder."
            })
    private Path data = Path.of("data");

    @Option(
            names = {"--database-url", "--postgres"},
            paramLabel = "JDBC-URL",
            description = {
                "A PostgreSQL of your own to keep the log in, such as",
                "jdbc:postgresql://host/database?user=me; the password may come from ~/.pgpass.",
                "Without it the catalog runs one on the data folder."
            })
    void setPostgres(String url) {
        DatabaseUrl.fault(url)
                .ifPresent(
                        fault -> {
                            throw new ParameterException(
                                    spec.commandLine(), "--database-url: " + fault);
                        });
        postgres = url;
    }

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec = CommandSpec.create();

    private @Nullable String postgres;

    Path data() {
        return data;
    }

    @Nullable String postgres() {
        return postgres;
    }
}
