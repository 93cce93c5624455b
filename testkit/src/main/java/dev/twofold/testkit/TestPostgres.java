package dev.twofold.testkit;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;

/// Empty databases for tests, on a PostgreSQL server of the JVM's own.
///
/// The server starts with the first database, and goes with its files when the JVM exits. Safe for
/// use by many threads.
public final class TestPostgres {
    private static final AtomicInteger DATABASES = new AtomicInteger();

    private TestPostgres() {}

    /// A fresh database on a server that trades durability for speed.
    public static Database database() {
        return create(Fast.SERVER, "CREATE DATABASE %s");
    }

    /// A copy of a database that [#database] made, to which nobody is connected: faster than
    /// preparing another one in the same way.
    public static Database copy(Database original) {
        String name = original.url().replaceAll(".*/(test_\\d+).*", "$1");
        return create(Fast.SERVER, "CREATE DATABASE %%s TEMPLATE %s".formatted(name));
    }

    /// A fresh database on a server whose commits are on disk before they are acknowledged, as in
    /// production: for tests that kill the server, and for measurements.
    public static Database durableDatabase() {
        return create(Durable.SERVER, "CREATE DATABASE %s");
    }

    private static Database create(EmbeddedPostgres server, String sql) {
        String name = "test_%d".formatted(DATABASES.incrementAndGet());
        try (Connection connection = server.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql.formatted(name));
        } catch (SQLException e) {
            throw new IllegalStateException("the test server did not create a database", e);
        }
        return new Database(
                server.getDatabase("postgres", name), server.getJdbcUrl("postgres", name));
    }

    private static EmbeddedPostgres start(String durable) {
        try {
            return EmbeddedPostgres.builder()
                    .setServerConfig("fsync", durable)
                    .setServerConfig("synchronous_commit", durable)
                    .setServerConfig("full_page_writes", durable)
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException("the test server did not start", e);
        }
    }

    /// One database: a source of new connections to it, not pooled, and its address.
    public record Database(DataSource dataSource, String url) {}

    private static final class Fast {
        private static final EmbeddedPostgres SERVER = start("off");
    }

    private static final class Durable {
        private static final EmbeddedPostgres SERVER = start("on");
    }
}
