package dev.twofold.catalog.search;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/// How the database plans the statements of a search: for the values that it is asked with, so that
/// a filter that is not asked for costs nothing, for one worker, as there are many callers, and by
/// an index whatever the table has in front.
final class Planning {
    static final String SETTINGS =
            """
            SET LOCAL plan_cache_mode = force_custom_plan;
            SET LOCAL max_parallel_workers_per_gather = 0;
            SET LOCAL enable_seqscan = off
            """;

    private Planning() {}

    /// For the rest of the transaction.
    static void apply(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(SETTINGS);
        }
    }
}
