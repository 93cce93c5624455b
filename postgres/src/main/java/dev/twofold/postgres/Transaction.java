package dev.twofold.postgres;

import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/// A piece of work that takes effect as a whole or not at all.
interface Transaction<T extends @Nullable Object> {

    T in(Connection connection) throws SQLException;

    /// Commits what the work did; rolls back if it throws.
    static <T extends @Nullable Object> T run(DataSource dataSource, Transaction<T> work)
            throws SQLException {
        try (Connection connection = dataSource.getConnection()) {
            connection.setAutoCommit(false);
            try {
                T result = work.in(connection);
                connection.commit();
                return result;
            } catch (SQLException | RuntimeException e) {
                rollBack(connection, e);
                throw e;
            }
        }
    }

    private static void rollBack(Connection connection, Exception cause) {
        try {
            connection.rollback();
        } catch (SQLException e) {
            cause.addSuppressed(e);
        }
    }
}
