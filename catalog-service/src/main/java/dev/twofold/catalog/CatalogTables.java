package dev.twofold.catalog;

import dev.twofold.Append;
import dev.twofold.AppendOutcome;
import dev.twofold.AppendOutcome.Appended;
import dev.twofold.AppendOutcome.Repeated;
import dev.twofold.CommandOutcome;
import dev.twofold.EventStoreException;
import dev.twofold.EventTypes;
import dev.twofold.Metadata;
import dev.twofold.Receipt;
import dev.twofold.postgres.PostgresEventStore;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.jspecify.annotations.Nullable;

/// The tables of what is kept as rows, in schema `catalog`, and the transactions in which they
/// change together with the log.
///
/// Safe for use by many threads.
public final class CatalogTables {
    private static final String IDENTITY = "SELECT id FROM catalog.identity";

    private final DataSource dataSource;
    private final PostgresEventStore store;
    private final EventTypes<CatalogEvent> types;

    public CatalogTables(
            DataSource dataSource, PostgresEventStore store, EventTypes<CatalogEvent> types) {
        this.dataSource = dataSource;
        this.store = store;
        this.types = types;
    }

    /// What tells this database from others that have views of the same log.
    ///
    /// @throws EventStoreException if the database is out of reach
    UUID identity() {
        return read(
                connection -> {
                    try (PreparedStatement statement = connection.prepareStatement(IDENTITY);
                            ResultSet row = statement.executeQuery()) {
                        row.next();
                        return row.getObject(1, UUID.class);
                    }
                });
    }

    /// Something to do in one transaction.
    public interface Work<T> {
        T in(Connection connection) throws SQLException;
    }

    /// Brings the tables up to date; does nothing where they are.
    ///
    /// @throws IllegalStateException if the database lacks an extension; the message says what to
    ///   do
    /// @throws org.flywaydb.core.api.FlywayException if the database is out of reach or refuses
    public static void migrate(DataSource dataSource) {
        Extensions.create(dataSource);
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
                bound(connection);
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

    /// Rows that are locked here are free again soon if this process is suspended, or its machine
    /// is gone.
    private static void bound(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET LOCAL idle_in_transaction_session_timeout = '5s'");
        }
    }

    /// What looking at the rows came to.
    public sealed interface Verdict<S, R> {

        /// The rows are changed, and these events tell of it; none if it was so already.
        record Changed<S, R>(S state, String id, List<? extends CatalogEvent> events)
                implements Verdict<S, R> {}

        /// Nothing is changed.
        record TurnedDown<S, R>(R reason) implements Verdict<S, R> {}
    }

    /// Does the work, and records what it did, whole or not at all.
    ///
    /// @param once null if the command may be done as often as it is sent
    /// @throws EventStoreException if the database is out of reach; the work may be done or not
    ///   then, and can be tried again
    public <S, R> CommandOutcome<S, R> handle(
            Work<Verdict<S, R>> work, Metadata metadata, @Nullable Once<R> once) {
        try {
            CommandOutcome<S, R> outcome =
                    write(connection -> conclude(connection, work.in(connection), metadata, once));
            return outcome instanceof CommandOutcome.Accepted<S, R>(var state, var position, _)
                            && position == 0
                    ? new CommandOutcome.Accepted<>(state, head(), 0)
                    : outcome;
        } catch (DoneBefore before) {
            return new CommandOutcome.Repeated<>(before.answer, before.position);
        }
    }

    private <S, R> CommandOutcome<S, R> conclude(
            Connection connection, Verdict<S, R> verdict, Metadata metadata, @Nullable Once<R> once)
            throws SQLException {
        return switch (verdict) {
            case Verdict.Changed<S, R>(var state, var id, var events) -> {
                Receipt receipt =
                        once == null
                                ? null
                                : new Receipt(once.key(), once.accepted(id, events.size()));
                long position =
                        events.isEmpty() && receipt == null
                                ? 0
                                : record(connection, events, metadata, receipt);
                yield new CommandOutcome.Accepted<>(state, position, events.size());
            }
            case Verdict.TurnedDown<S, R>(var reason) -> {
                long position =
                        once == null
                                ? 0
                                : record(
                                        connection,
                                        List.of(),
                                        metadata,
                                        new Receipt(once.key(), once.refused(reason)));
                yield new CommandOutcome.Refused<>(reason, position);
            }
        };
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
        return record(connection, events, metadata, null);
    }

    private long record(
            Connection connection,
            List<? extends CatalogEvent> events,
            Metadata metadata,
            @Nullable Receipt receipt)
            throws SQLException {
        Append append =
                new Append(
                        events.stream().map(event -> types.encode(event, metadata)).toList(),
                        List.of(),
                        receipt);
        return switch (store.append(connection, append)) {
            case Appended(_, var last) -> last;
            case Repeated(var answer, var position) -> throw new DoneBefore(answer, position);
            case AppendOutcome outcome ->
                    throw new IllegalStateException(
                            "an append without a condition came to " + outcome);
        };
    }

    /// The request was handled before, so that what the transaction did is undone.
    private static final class DoneBefore extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final String answer;
        private final long position;

        DoneBefore(String answer, long position) {
            super("a request with this idempotency key was handled before", null, false, false);
            this.answer = answer;
            this.position = position;
        }
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
