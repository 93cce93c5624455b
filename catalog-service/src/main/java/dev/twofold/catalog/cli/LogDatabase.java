package dev.twofold.catalog.cli;

import dev.twofold.catalog.database.DataFolder;
import dev.twofold.catalog.database.DataFolder.Claim.Held;
import dev.twofold.catalog.database.DataFolder.Claim.InUse;
import dev.twofold.catalog.database.EmbeddedPostgres;
import dev.twofold.catalog.database.EmbeddedPostgres.JdbcAddress;
import java.io.IOException;
import java.nio.file.Files;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/// The database that a log is in: that of the running catalog, one's own, or else the data
/// folder's, which runs for as long as the command takes.
final class LogDatabase {
    private LogDatabase() {}

    /// What a command does with the database.
    @FunctionalInterface
    interface Work {
        int on(DataSource database) throws IOException;
    }

    /// @return what the work returned
    static int use(Place place, Work work) throws IOException {
        if (place.postgres() != null) {
            return work.on(dataSource(new JdbcAddress(place.postgres(), null, null)));
        }
        if (!Files.isDirectory(place.data())) {
            throw new IllegalStateException(
                    "there is no data folder %s; name another with --data"
                            .formatted(place.data().toAbsolutePath()));
        }
        return switch (DataFolder.claim(place.data())) {
            case InUse inUse -> work.on(dataSource(running(place, inUse)));
            case Held(var folder) -> {
                try (folder;
                        EmbeddedPostgres postgres = EmbeddedPostgres.start(folder)) {
                    yield work.on(dataSource(postgres.address()));
                }
            }
        };
    }

    private static JdbcAddress running(Place place, InUse inUse) {
        return EmbeddedPostgres.running(place.data().toAbsolutePath().normalize())
                .orElseThrow(
                        () ->
                                new IllegalStateException(
                                        ("process %d holds the data folder %s, but runs no database"
                                             + " there; if it was started with --postgres, say the"
                                             + " same here")
                                                .formatted(inUse.pid(), inUse.path())));
    }

    private static DataSource dataSource(JdbcAddress address) {
        PGSimpleDataSource dataSource = new PGSimpleDataSource();
        dataSource.setUrl(address.url());
        if (address.user() != null) {
            dataSource.setUser(address.user());
        }
        if (address.password() != null) {
            dataSource.setPassword(address.password());
        }
        return dataSource;
    }
}
