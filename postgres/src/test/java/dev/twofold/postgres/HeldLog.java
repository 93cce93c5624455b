package dev.twofold.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import javax.sql.DataSource;

/// The log's lock, held by a transaction of the test's own, so that calls of append_events wait.
final class HeldLog implements AutoCloseable {
    private static final String HOLD = "SELECT pg_advisory_xact_lock(32782417642089572)";
    private static final String WAITING =
            """
            SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
            WHERE l.locktype = 'advisory' AND NOT l.granted AND d.datname = current_database()
            """;
    private static final String TERMINATE_WAITING =
            """
            SELECT count(pg_terminate_backend(l.pid, 10000))
            FROM pg_locks l JOIN pg_database d ON d.oid = l.database
            WHERE l.locktype = 'advisory' AND NOT l.granted AND d.datname = current_database()
            """;

    private final Connection connection;

    HeldLog(DataSource dataSource) throws SQLException {
        connection = dataSource.getConnection();
        connection.setAutoCommit(false);
        ask(HOLD);
    }

    /// Waits until so many calls wait for the lock.
    void awaitCalls(int number) throws SQLException {
        while (ask(WAITING) != number) {
            Thread.onSpinWait();
        }
    }

    /// Ends the server's side of the connections whose calls wait for the lock.
    void terminateWaiting() throws SQLException {
        ask(TERMINATE_WAITING);
    }

    void release() throws SQLException {
        connection.rollback();
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }

    private long ask(String sql) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql);
                ResultSet row = statement.executeQuery()) {
            row.next();
            return sql.equals(HOLD) ? 0 : row.getLong(1);
        }
    }
}
