package dev.twofold.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.twofold.testkit.TestPostgres;
import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;

/// No thread waits for good for a server that says nothing.
class DatabasePatienceTest {
    private static final String URL = TestPostgres.database().url();

    @Test
    void the_connections_of_a_catalog_are_bounded() throws SQLException {
        try (Connection connection = TestCatalog.connections().getConnection()) {
            assertThat(connection.getNetworkTimeout()).isEqualTo(30_000);
        }
    }

    @Test
    void what_the_url_says_counts_first() throws SQLException {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(URL + "&socketTimeout=77");
        DatabasePatience.bound(config);
        try (HikariDataSource pool = new HikariDataSource(config);
                Connection connection = pool.getConnection()) {
            assertThat(connection.getNetworkTimeout()).isEqualTo(77_000);
        }
    }

    @Test
    void changes_of_tables_take_as_long_as_they_take() throws SQLException {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(URL);
        DatabasePatience.bound(config);
        try (HikariDataSource pool = new HikariDataSource(config);
                Connection connection = DatabasePatience.unbounded(pool).getConnection()) {
            assertThat(connection.getNetworkTimeout()).isZero();
        }
    }
}
