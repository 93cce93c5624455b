package dev.twofold.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twofold.testkit.TestPostgres;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

class ExtensionsTest {
    private final TestPostgres.Database database = TestPostgres.database();

    @Test
    void are_created_where_they_are_missing_and_left_alone_where_they_are() throws SQLException {
        Extensions.create(database.dataSource());
        Extensions.create(database.dataSource());

        execute("SELECT similarity('a', unaccent('ä'))");
    }

    @Test
    void say_what_an_administrator_has_to_do_for_a_user_who_may_not_create_them()
            throws SQLException {
        DataSource guest = guest();
        assertThatThrownBy(() -> Extensions.create(guest))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("may not create them")
                .hasMessageContaining("CREATE EXTENSION pg_trgm; CREATE EXTENSION unaccent;");

        execute("CREATE EXTENSION pg_trgm; CREATE EXTENSION unaccent");
        Extensions.create(guest);
    }

    @Test
    void say_that_a_schema_is_not_looked_into() throws SQLException {
        execute(
                """
                CREATE SCHEMA elsewhere;
                CREATE EXTENSION pg_trgm SCHEMA elsewhere;
                CREATE EXTENSION unaccent SCHEMA elsewhere
                """);
        assertThatThrownBy(() -> Extensions.create(database.dataSource()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("do not look into")
                .hasMessageContaining("search_path");
    }

    @Test
    void may_be_in_any_schema_that_is_looked_into() throws SQLException {
        execute(
                """
                CREATE SCHEMA extensions;
                CREATE EXTENSION pg_trgm SCHEMA extensions;
                CREATE EXTENSION unaccent SCHEMA extensions;
                DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = public, extensions',
                  current_database()); END $$
                """);

        CatalogTables.migrate(database.dataSource());

        try (Connection connection = database.dataSource().getConnection();
                Statement statement = connection.createStatement();
                var row = statement.executeQuery("SELECT catalog.plain('Crème (brûlée)')")) {
            row.next();
            assertThat(row.getString(1)).isEqualTo(" creme brulee");
        }
    }

    /// A user who can connect, and no more.
    private DataSource guest() throws SQLException {
        execute(
                """
                DO $$ BEGIN
                  IF to_regrole('guest') IS NULL THEN CREATE ROLE guest LOGIN; END IF;
                END $$
                """);
        PGSimpleDataSource guest = new PGSimpleDataSource();
        guest.setURL(database.url());
        guest.setUser("guest");
        return guest;
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = database.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
