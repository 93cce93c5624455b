package dev.twofold.postgres;

import dev.twofold.Append;
import dev.twofold.AppendOutcome;
import dev.twofold.AppendOutcome.Appended;
import dev.twofold.AppendOutcome.Conflict;
import dev.twofold.Condition;
import dev.twofold.Condition.NoneMatching;
import dev.twofold.EventStore;
import dev.twofold.NewEvent;
import dev.twofold.Query;
import dev.twofold.RecordedEvent;
import dev.twofold.Tag;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;

/// A store on the tables of a log as others have been built, with one of the bugs that were found
/// in such: positions from a sequence, each append a transaction of statements.
///
/// It knows no streams and no receipts, and of conditions only `NoneMatching`.
final class BrokenLog implements EventStore {

    enum Bug {
        /// Conditions are checked before the lock is taken.
        CHECK_WITHOUT_LOCK,
        /// Not a bug of the store: its client asks for the end of the log after it has read, and
        /// takes that for what it has seen.
        MARKER_AFTER_READ,
        /// Only appends that name the same tags in their conditions exclude each other.
        LOCK_OF_THE_CONDITIONS_KEYS,
        /// The lock is let go before the commit, so that a check looks past what is in flight.
        CHECK_PAST_IN_FLIGHT,
        /// Appends without a condition do not take the lock.
        UNCONDITIONAL_PAST_THE_LOCK,
        /// The transaction sees the log as it was before the lock was given.
        REPEATABLE_READ,
        /// Appends without a condition do not take the lock, and readers take what they see.
        READER_PASSES_IN_FLIGHT,
        /// Readers leave out what may have been written while older transactions run, going by the
        /// numbers of transactions, so an idle one holds them up.
        IDLE_TRANSACTION_STALLS_READERS,
        /// The same numbers mean nothing on another server.
        RESTORE_HIDES_HISTORY
    }

    private static final String INSTALL =
            """
            CREATE SCHEMA broken;
            CREATE SEQUENCE broken.position;
            CREATE TABLE broken.written (
                position bigint PRIMARY KEY,
                transaction text NOT NULL DEFAULT pg_current_xact_id()::text
            );
            """;
    private static final String INSERT =
            """
            WITH inserted AS (
                INSERT INTO twofold.event (
                    position, id, type, revision, data, tags, recorded_at, checksum)
                VALUES (nextval('broken.position'), ?, ?, ?, ?::json, ?::text[], now(), '12345678')
                RETURNING position, tags
            ), tagged AS (
                INSERT INTO twofold.event_tag (tag, position)
                SELECT unnest(tags), position FROM inserted
            )
            INSERT INTO broken.written (position) SELECT position FROM inserted
            RETURNING position
            """;
    private static final String SETTLED =
            """
            SELECT position FROM broken.written
            WHERE transaction::xid8 < pg_snapshot_xmin(pg_current_snapshot())
            """;

    private final DataSource dataSource;
    private final Bug bug;

    BrokenLog(DataSource dataSource, Bug bug) {
        this.dataSource = dataSource;
        this.bug = bug;
    }

    static void install(DataSource dataSource) throws SQLException {
        try (Connection connection = dataSource.getConnection()) {
            execute(connection, INSTALL);
        }
    }

    @Override
    public AppendOutcome append(Append append) {
        try (Connection connection = dataSource.getConnection()) {
            connection.setAutoCommit(false);
            if (bug == Bug.REPEATABLE_READ) {
                connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            }
            AppendOutcome outcome = append(connection, append);
            if (bug == Bug.CHECK_PAST_IN_FLIGHT) {
                execute(connection, "SELECT pg_advisory_unlock_all()");
            }
            connection.commit();
            return outcome;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private AppendOutcome append(Connection connection, Append append) throws SQLException {
        if (bug != Bug.CHECK_WITHOUT_LOCK) {
            lock(connection, append);
        }
        for (Condition condition : append.conditions()) {
            Optional<Conflict> conflict = check(connection, (NoneMatching) condition);
            if (conflict.isPresent()) {
                return conflict.get();
            }
        }
        Pauses.afterCheck(connection, append);
        if (bug == Bug.CHECK_WITHOUT_LOCK) {
            lock(connection, append);
        }
        return insert(connection, append.events());
    }

    private void lock(Connection connection, Append append) throws SQLException {
        switch (bug) {
            case LOCK_OF_THE_CONDITIONS_KEYS -> {
                for (String tag : tags(append).sorted().toList()) {
                    execute(
                            connection,
                            "SELECT pg_advisory_xact_lock(%d)".formatted(tag.hashCode()));
                }
            }
            case CHECK_PAST_IN_FLIGHT -> execute(connection, "SELECT pg_advisory_lock(1)");
            case UNCONDITIONAL_PAST_THE_LOCK, READER_PASSES_IN_FLIGHT -> {
                if (!append.conditions().isEmpty()) {
                    execute(connection, "SELECT pg_advisory_xact_lock(1)");
                }
            }
            case CHECK_WITHOUT_LOCK,
                    MARKER_AFTER_READ,
                    REPEATABLE_READ,
                    IDLE_TRANSACTION_STALLS_READERS,
                    RESTORE_HIDES_HISTORY ->
                    execute(connection, "SELECT pg_advisory_xact_lock(1)");
        }
    }

    private static Stream<String> tags(Append append) {
        return append.conditions().stream()
                .flatMap(condition -> ((NoneMatching) condition).query().items().stream())
                .flatMap(item -> item.tags().stream())
                .map(Tag::toString);
    }

    private static Optional<Conflict> check(Connection connection, NoneMatching condition)
            throws SQLException {
        return EventReads.read(connection, condition.query(), condition.after(), 1).stream()
                .findFirst()
                .map(event -> new Conflict(condition, event.position()));
    }

    private static Appended insert(Connection connection, List<NewEvent> events)
            throws SQLException {
        long last = 0;
        try (PreparedStatement statement = connection.prepareStatement(INSERT)) {
            for (NewEvent event : events) {
                statement.setObject(1, event.id());
                statement.setString(2, event.type());
                statement.setInt(3, event.revision());
                statement.setString(4, event.data());
                statement.setString(5, ArrayLiteral.of(event.tags()));
                try (ResultSet row = statement.executeQuery()) {
                    row.next();
                    last = row.getLong(1);
                }
            }
        }
        return new Appended(last - events.size() + 1, last);
    }

    @Override
    public List<RecordedEvent> read(Query query, long after, int limit) {
        try (Connection connection = dataSource.getConnection()) {
            List<RecordedEvent> events = EventReads.read(connection, query, after, limit);
            return switch (bug) {
                case IDLE_TRANSACTION_STALLS_READERS, RESTORE_HIDES_HISTORY -> {
                    Set<Long> settled = settled(connection);
                    yield events.stream().filter(e -> settled.contains(e.position())).toList();
                }
                case CHECK_WITHOUT_LOCK,
                        MARKER_AFTER_READ,
                        LOCK_OF_THE_CONDITIONS_KEYS,
                        CHECK_PAST_IN_FLIGHT,
                        UNCONDITIONAL_PAST_THE_LOCK,
                        REPEATABLE_READ,
                        READER_PASSES_IN_FLIGHT ->
                        events;
            };
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public long head() {
        return read(Query.all(), 0, MAX_READ).stream()
                .mapToLong(RecordedEvent::position)
                .max()
                .orElse(0);
    }

    private static Set<Long> settled(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(SETTLED);
                ResultSet rows = statement.executeQuery()) {
            Stream.Builder<Long> positions = Stream.builder();
            while (rows.next()) {
                positions.add(rows.getLong(1));
            }
            return positions.build().collect(Collectors.toSet());
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
