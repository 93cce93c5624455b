package dev.twofold.catalog;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.time.Duration;
import javax.sql.DataSource;

/// Connections for queries of callers, apart from those for commands and projections, so that
/// neither can take the others' away.
///
/// What is asked on them can change nothing, is stopped by the database after a time, and is
/// planned for the values that it is asked with: a filter that is not asked for costs nothing.
public final class QueryConnections implements AutoCloseable {
    private static final int CONNECTIONS = 16;
    private static final int IDLE = 2;

    /// How long a query waits for a connection.
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final String SET =
            """
            SET statement_timeout = ${milliseconds};
            SET default_transaction_read_only = on;
            SET plan_cache_mode = force_custom_plan;
            SET max_parallel_workers_per_gather = 0
            """;

    private final HikariDataSource pool;

    /// @param database whose address and user are taken
    /// @param timeout how long a statement may take, in milliseconds at the finest
    /// @throws IllegalArgumentException if that is no time
    public QueryConnections(HikariDataSource database, Duration timeout) {
        if (timeout.toMillis() <= 0) {
            throw new IllegalArgumentException(
                    "catalog.query-timeout is a millisecond or more, such as 2s, but was "
                            + timeout);
        }
        HikariConfig config = new HikariConfig();
        config.setPoolName("catalog-queries");
        config.setJdbcUrl(database.getJdbcUrl());
        config.setUsername(database.getUsername());
        config.setPassword(database.getPassword());
        config.setMaximumPoolSize(CONNECTIONS);
        config.setMinimumIdle(IDLE);
        config.setConnectionTimeout(PATIENCE.toMillis());
        DatabasePatience.bound(config, timeout.plus(PATIENCE));
        config.setConnectionInitSql(
                SET.replace("${milliseconds}", Long.toString(timeout.toMillis())));
        this.pool = new HikariDataSource(config);
    }

    public DataSource dataSource() {
        return pool;
    }

    @Override
    public void close() {
        pool.close();
    }
}
