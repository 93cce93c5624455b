package dev.twofold.benchmarks;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.twofold.testkit.TestReplicas;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;

/// The one PostgreSQL of a run and the one pool to it, with every commit on disk before it is
/// acknowledged.
final class Server implements AutoCloseable {
    static final int POOL = 32;

    /// A run fits between two checkpoints, so that none falls on one contender and not the next.
    private static final Map<String, String> SETTINGS =
            Map.of(
                    "fsync", "on",
                    "synchronous_commit", "on",
                    "full_page_writes", "on",
                    "shared_buffers", "1GB",
                    "max_wal_size", "16GB",
                    "checkpoint_timeout", "1h",
                    "max_connections", "400",
                    "shared_preload_libraries", "pg_stat_statements");

    private static final String GIVEN_SETTINGS =
            """
            SELECT string_agg(name || '=' || current_setting(name), ', ' ORDER BY name)
            FROM pg_settings
            WHERE source = 'command line'
            """;

    private final EmbeddedPostgres postgres;
    private final HikariDataSource pool;
    private final List<HikariDataSource> others = new ArrayList<>();
    private final ProcessHandle process;

    Server() {
        EmbeddedPostgres.Builder builder = EmbeddedPostgres.builder();
        SETTINGS.forEach(builder::setServerConfig);
        try {
            postgres = builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException("the server did not start", e);
        }
        pool = newPool("postgres");
        process = process(Long.parseLong(ask("SELECT pg_backend_pid()")));
    }

    DataSource pool() {
        return pool;
    }

    /// The pool to a database of its own, which is made.
    DataSource pool(String database) {
        execute("CREATE DATABASE " + database);
        HikariDataSource another = newPool(database);
        others.add(another);
        return another;
    }

    /// Of the database that the pool is to.
    String url() {
        return postgres.getJdbcUrl("postgres", "postgres");
    }

    int port() {
        return postgres.getPort();
    }

    /// Starts a replica of it, with the same settings.
    TestReplicas replica() {
        return TestReplicas.of(
                Path.of(ask("SELECT current_setting('data_directory')")), port(), SETTINGS);
    }

    Cpu cpu() {
        return Cpu.now(process);
    }

    void execute(String sql) {
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException("the server refused: " + sql, e);
        }
    }

    String ask(String sql) {
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        } catch (SQLException e) {
            throw new IllegalStateException("the server refused: " + sql, e);
        }
    }

    /// The machine and the settings, in a line each.
    String description() {
        return """
        %d processors, Java %s
        %s
        %s, and the server's defaults
        a pool of %d connections, and callers on virtual threads in a closed loop
        """
                .formatted(
                        Runtime.getRuntime().availableProcessors(),
                        Runtime.version(),
                        ask("SELECT version()"),
                        ask(GIVEN_SETTINGS),
                        POOL);
    }

    @Override
    public void close() {
        others.forEach(HikariDataSource::close);
        execute("CHECKPOINT"); // it is given five seconds to stop
        pool.close();
        try {
            postgres.close();
        } catch (IOException e) {
            throw new UncheckedIOException("the server did not stop", e);
        }
    }

    private HikariDataSource newPool(String database) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(
                postgres.getJdbcUrl("postgres", database) + "&reWriteBatchedInserts=true");
        config.setMaximumPoolSize(POOL);
        return new HikariDataSource(config);
    }

    /// The server's own process, which is the parent of each connection's.
    private static ProcessHandle process(long connection) {
        return ProcessHandle.of(connection).flatMap(ProcessHandle::parent).orElseThrow();
    }
}
