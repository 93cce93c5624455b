package dev.twofold.catalog.cli;

import dev.twofold.catalog.database.DataFolder;
import dev.twofold.catalog.database.DataFolder.Claim.Held;
import dev.twofold.catalog.database.DataFolder.Claim.InUse;
import dev.twofold.catalog.database.EmbeddedPostgres;
import dev.twofold.catalog.database.EmbeddedPostgres.JdbcAddress;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `catalog log info`: the size of the log, as one line of JSON.
@Command(
        name = "info",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = {
            "Prints one line of JSON about the log:",
            "events, position (of the last event), streams, sizeBytes (on disk).",
            "Works beside a running catalog and without one."
        })
final class LogInfo implements Callable<Integer> {
    private static final String SIZE =
            """
            SELECT json_build_object(
              'events', count(*),
              'position', coalesce(max(position), 0),
              'streams', count(*) FILTER (WHERE version = 1),
              'sizeBytes', pg_total_relation_size('twofold.event')
                + pg_total_relation_size('twofold.event_tag'))
            FROM twofold.event
            """;
    private static final String EMPTY =
            "{\"events\" : 0, \"position\" : 0, \"streams\" : 0, \"sizeBytes\" : 0}";
    private static final String UNDEFINED_TABLE = "42P01";

    @Mixin private Place place = new Place();

    @Spec private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws SQLException {
        if (place.postgres() != null) {
            return print(new JdbcAddress(place.postgres(), null, null));
        }
        if (!Files.isDirectory(place.data())) {
            throw new IllegalStateException(
                    "there is no data folder %s; name another with --data"
                            .formatted(place.data().toAbsolutePath()));
        }
        return switch (DataFolder.claim(place.data())) {
            case InUse inUse ->
                    print(
                            EmbeddedPostgres.running(place.data().toAbsolutePath().normalize())
                                    .orElseThrow(
                                            () ->
                                                    new IllegalStateException(
                                                            "process %d holds the data folder %s, but runs no database there; if it was started with --postgres, say the same here"
                                                                    .formatted(
                                                                            inUse.pid(),
                                                                            inUse.path()))));
            case Held(var folder) -> {
                try (folder;
                        EmbeddedPostgres postgres = EmbeddedPostgres.start(folder)) {
                    yield print(postgres.address());
                }
            }
        };
    }

    private int print(JdbcAddress address) throws SQLException {
        try (Connection connection = address.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(SIZE)) {
            row.next();
            spec.commandLine().getOut().println(row.getString(1));
        } catch (SQLException e) {
            if (!UNDEFINED_TABLE.equals(e.getSQLState())) {
                throw e;
            }
            spec.commandLine().getOut().println(EMPTY);
        }
        return ExitCode.OK;
    }
}
