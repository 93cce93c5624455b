package dev.twofold.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;

class TestPostgresTest {

    @Test
    void each_database_is_a_new_one() throws SQLException {
        TestPostgres.Database one = TestPostgres.database();
        TestPostgres.Database other = TestPostgres.database();
        try (Connection connection = one.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE thing (id int)");
        }

        assertThat(ask(one, "SELECT to_regclass('thing')")).isEqualTo("thing");
        assertThat(ask(other, "SELECT to_regclass('thing')")).isNull();
    }

    @Test
    void a_copy_has_what_the_original_has() throws SQLException {
        TestPostgres.Database original = TestPostgres.database();
        try (Connection connection = original.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE thing (id int)");
        }

        assertThat(ask(TestPostgres.copy(original), "SELECT to_regclass('thing')"))
                .isEqualTo("thing");
    }

    @Test
    void a_durable_database_waits_for_the_disk() throws SQLException {
        TestPostgres.Database durable = TestPostgres.durableDatabase();

        assertThat(ask(durable, "SHOW fsync")).isEqualTo("on");
        assertThat(ask(durable, "SHOW synchronous_commit")).isEqualTo("on");
        assertThat(ask(durable, "SHOW full_page_writes")).isEqualTo("on");
    }

    private static String ask(TestPostgres.Database database, String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(database.url());
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            result.next();
            return result.getString(1);
        }
    }
}
