package dev.twofold.catalog.cli;

import dev.twofold.EventStoreException;
import dev.twofold.catalog.database.DataFolder;
import dev.twofold.catalog.database.DataFolder.Claim.Held;
import dev.twofold.catalog.database.DataFolder.Claim.InUse;
import dev.twofold.catalog.database.EmbeddedPostgres;
import dev.twofold.catalog.database.EmbeddedPostgres.JdbcAddress;
import dev.twofold.postgres.PostgresLog;
import java.io.IOException;
import javax.sql.DataSource;
import org.flywaydb.core.api.FlywayException;
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

    /// Works on a log that is there, and is left as it is.
    ///
    /// @return what the work returned
    /// @throws IllegalStateException if there is no log, or the work fails; the message says why
    static int use(Place place, Work work) throws IOException {
        boolean nobody = DataFolder.holder(place.data()).pid() == 0;
        if (place.postgres() == null && nobody && !EmbeddedPostgres.isIn(place.data())) {
            throw new IllegalStateException(
                    "there is no catalog's data in folder %s; name another with --data"
                            .formatted(place.data().toAbsolutePath()));
        }
        return open(
                place,
                database -> {
                    if (!PostgresLog.exists(database)) {
                        throw new IllegalStateException(
                                "there is no log in this database; name another one, or start the"
                                        + " catalog on this one to make a log");
                    }
                    return work.on(database);
                });
    }

    /// Works on a log that is made, or brought up to date, if need be.
    ///
    /// @return what the work returned
    /// @throws IllegalStateException if the work fails; the message says why
    static int make(Place place, Work work) throws IOException {
        return open(
                place,
                database -> {
                    PostgresLog.migrate(database);
                    return work.on(database);
                });
    }

    private static int open(Place place, Work work) throws IOException {
        try {
            return work(place, work);
        } catch (EventStoreException | FlywayException | IllegalArgumentException e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }

    private static int work(Place place, Work work) throws IOException {
        if (place.postgres() != null) {
            return work.on(dataSource(new JdbcAddress(place.postgres(), null, null)));
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
