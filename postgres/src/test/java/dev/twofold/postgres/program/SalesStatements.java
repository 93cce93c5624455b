package dev.twofold.postgres.program;

import java.sql.Connection;
import java.util.List;

/// The code behind a reference to a method.
final class SalesStatements {
    private SalesStatements() {}

    static void apply(List<?> events, String table, Connection connection) {
        if (!events.isEmpty()) {
            throw new IllegalStateException("statements as before: " + events + table + connection);
        }
    }
}
