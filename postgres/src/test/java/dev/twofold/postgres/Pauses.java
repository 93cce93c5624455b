package dev.twofold.postgres;

import dev.twofold.Append;
import dev.twofold.NewEvent;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.Future;
import javax.sql.DataSource;

/// Places at which an append stops in the database until the test lets it go on.
///
/// Triggers on the table of events do it, so whatever appends meets them: events of type
/// `pauses-after-check` before they are inserted, those of type `pauses-before-commit` as the last
/// thing before the commit.
final class Pauses implements AutoCloseable {
    static final String AFTER_CHECK = "pauses-after-check";
    static final String BEFORE_COMMIT = "pauses-before-commit";

    private static final String PAUSE = "SELECT pause.here()";
    private static final String INSTALL =
            """
            CREATE SCHEMA pause;
            CREATE FUNCTION pause.here() RETURNS void LANGUAGE plpgsql AS $$
            BEGIN
                PERFORM pg_advisory_lock_shared(4711);
                PERFORM pg_advisory_unlock_shared(4711);
            END
            $$;
            CREATE FUNCTION pause.row_here() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                PERFORM pause.here();
                RETURN NEW;
            END
            $$;
            CREATE TRIGGER after_check BEFORE INSERT ON twofold.event
                FOR EACH ROW WHEN (NEW.type = 'pauses-after-check')
                EXECUTE FUNCTION pause.row_here();
            CREATE CONSTRAINT TRIGGER before_commit AFTER INSERT ON twofold.event
                DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW WHEN (NEW.type = 'pauses-before-commit')
                EXECUTE FUNCTION pause.row_here();
            """;
    private static final String AT_RANDOM =
            """
            CREATE SCHEMA pause;
            CREATE FUNCTION pause.at_random() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF random() < 0.1 THEN
                    PERFORM pg_sleep(0.005 * random());
                END IF;
                RETURN NEW;
            END
            $$;
            CREATE TRIGGER after_check BEFORE INSERT ON twofold.event
                FOR EACH ROW EXECUTE FUNCTION pause.at_random();
            CREATE CONSTRAINT TRIGGER before_commit AFTER INSERT ON twofold.event
                DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION pause.at_random();
            """;
    private static final String PAUSED =
            """
            SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
            WHERE d.datname = current_database() AND l.locktype = 'advisory' AND l.objid = 4711
              AND NOT l.granted
            """;
    private static final String STOPPED =
            """
            SELECT count(DISTINCT l.pid) FROM pg_locks l JOIN pg_stat_activity a USING (pid)
            WHERE a.datname = current_database() AND NOT l.granted
            """;

    private final Connection connection;

    /// Makes the places; nothing stops at them until [#hold].
    Pauses(DataSource dataSource) throws SQLException {
        connection = dataSource.getConnection();
        execute(INSTALL);
    }

    /// Has appends stop for some milliseconds now and then, between check and insert and before the
    /// commit.
    static void atRandom(DataSource dataSource) throws SQLException {
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(AT_RANDOM);
        }
    }

    /// Stops where an append like this one does, for a store that is not made of SQL alone.
    static void afterCheck(Connection connection, Append append) throws SQLException {
        if (append.events().stream().map(NewEvent::type).anyMatch(AFTER_CHECK::equals)) {
            try (Statement statement = connection.createStatement()) {
                statement.execute(PAUSE);
            }
        }
    }

    void hold() throws SQLException {
        execute("SELECT pg_advisory_lock(4711)");
    }

    void release() throws SQLException {
        execute("SELECT pg_advisory_unlock(4711)");
    }

    /// Waits until the append has stopped at one of the places.
    void awaitPaused(Future<?> append) throws SQLException {
        while (count(PAUSED) == 0) {
            if (append.isDone()) {
                throw new AssertionError("the append did not stop at a pause");
            }
            Thread.onSpinWait();
        }
    }

    /// Waits until another client is done, or has to wait for a lock beside the one that pauses.
    void awaitDoneOrStopped(Future<?> other) throws SQLException {
        while (!other.isDone() && count(STOPPED) < 2) {
            Thread.onSpinWait();
        }
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private long count(String sql) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql);
                ResultSet row = statement.executeQuery()) {
            row.next();
            return row.getLong(1);
        }
    }
}
