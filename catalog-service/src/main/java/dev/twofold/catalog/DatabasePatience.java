package dev.twofold.catalog;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.time.Duration;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/// How long a node waits for its database before it takes the connection for lost.
///
/// A server that is gone without a word, and a network that has forgotten a connection, say nothing
/// for good; so without a limit a thread that waits for an answer would wait as long. What the
/// database's URL says, such as `socketTimeout`, counts before what is said here.
final class DatabasePatience {
    /// For a connection to be made.
    private static final Duration TO_CONNECT = Duration.ofSeconds(5);

    /// For a connection that has had nothing to do to show that it is alive.
    private static final Duration TO_SHOW_LIFE = Duration.ofSeconds(2);

    /// For a connection of the pool to be free, or made while the database is away. Who can wait
    /// longer, as appends can, tries again.
    static final Duration FOR_CONNECTION = Duration.ofSeconds(3);

    /// For an answer. The longest statements, those of a rebuild, take a few seconds.
    private static final Duration FOR_ANSWER = Duration.ofSeconds(30);

    private DatabasePatience() {}

    /// Bounds the connections of a pool, and of those that are made from it for reads.
    static void bound(HikariConfig config) {
        config.setValidationTimeout(TO_SHOW_LIFE.toMillis());
        config.addDataSourceProperty("connectTimeout", Long.toString(TO_CONNECT.toSeconds()));
        config.addDataSourceProperty("socketTimeout", Long.toString(FOR_ANSWER.toSeconds()));
    }

    /// Connections to the database of a pool that wait as long as it takes, as for a change of
    /// tables that are long.
    static DataSource unbounded(HikariDataSource pool) {
        return outside(pool);
    }

    /// Connections to the database of a pool that wait no longer than it takes to show life,
    /// whatever its URL says.
    static DataSource brief(HikariDataSource pool) {
        int seconds = (int) TO_SHOW_LIFE.toSeconds();
        PGSimpleDataSource database = outside(pool);
        database.setConnectTimeout(seconds);
        database.setLoginTimeout(seconds);
        database.setSocketTimeout(seconds);
        return database;
    }

    private static PGSimpleDataSource outside(HikariDataSource pool) {
        PGSimpleDataSource database = new PGSimpleDataSource();
        database.setUrl(pool.getJdbcUrl());
        if (pool.getUsername() != null) {
            database.setUser(pool.getUsername());
            database.setPassword(pool.getPassword());
        }
        return database;
    }
}
