package dev.twofold.catalog;

import dev.twofold.Append;
import dev.twofold.AppendOutcome;
import dev.twofold.AppendOutcome.Appended;
import dev.twofold.EventStoreException;
import dev.twofold.EventTypes;
import dev.twofold.Metadata;
import dev.twofold.postgres.PostgresEventStore;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;

/// The tables of what is kept as rows, in schema `catalog`, and the transactions in which they
/// change together with the log.
///
/// Safe for use by many threads.
public final class CatalogTables {
    private final DataSource dataSource;
    private final PostgresEventStore store;
    private final EventTypes<CatalogEvent> types;

    public CatalogTables(
            DataSource dataSource, PostgresEventStore store, EventTypes<CatalogEvent> types) {
        this.dataSource = dataSource;
        this.store = store;
        this.types = types;
    }

    /// Something to do in one transaction.
    public interface Work<T> {
        T in(Connection connection) throws SQLException;
    }

    /// Brings the tables up to date; does nothing where they are.
    ///
    /// @throws org.flywaydb.core.api.FlywayException if the database is out of reach or refuses
    public static void migrate(DataSource dataSource) {
        Flyway.configure()
                .dataSource(dataSource)
                .schemas("catalog")
                .table("migration")
                .locations("classpath:dev/twofold/catalog/migration")
                .load()
                .migrate();
    }

    /// Does the work whole or not at all.
    ///
    /// @throws EventStoreException if the database is out of reach; the work may be done or not
    ///   then, and can be tried again
    public <T> T write(Work<T> work) {
        try (Connection connection = dataSource.getConnection()) {
            connection.setAutoCommit(false);
            try {
                T result = work.in(connection);
                connection.commit();
                return result;
            } catch (SQLException | RuntimeException e) {
                rollBack(connection, e);
                throw e;
            } finally {
                connection.setAutoCommit(true);
            }
        } catch (SQLException e) {
            throw new EventStoreException(
                    "the catalog's tables could not be written; check the database and try again",
                    e);
        }
    }

    /// Reads from one connection.
    ///
    /// @throws EventStoreException if the database is out of reach
    public <T> T read(Work<T> work) {
        try (Connection connection = dataSource.getConnection()) {
            return work.in(connection);
        } catch (SQLException e) {
            throw new EventStoreException(
                    "the catalog's tables could not be read; check the database and try again", e);
        }
    }

    /// Records what the transaction did, as its last statement, and returns the last position.
    public long record(
            Connection connection, List<? extends CatalogEvent> events, Metadata metadata)
            throws SQLException {
        Append append =
                Append.of(events.stream().map(event -> types.encode(event, metadata)).toList());
        AppendOutcome outcome = store.append(connection, append);
        if (outcome instanceof Appended(_, var last)) {
            return last;
        }
        throw new IllegalStateException("an append without a condition came to " + outcome);
    }

    /// The position of the last event: whoever has seen it has seen all that the tables hold.
    public long head() {
        return store.head();
    }

    private static void rollBack(Connection connection, Exception cause) {
        try {
            connection.rollback();
        } catch (SQLException e) {
            cause.addSuppressed(e);
        }
    }
}
