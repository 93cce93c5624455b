package dev.twofold.catalog;

import dev.twofold.EventStoreException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;
import javax.sql.DataSource;

/// The extensions of PostgreSQL that the catalog needs, both from its contrib modules: `pg_trgm`
/// finds words that are nearly the same, `unaccent` takes accents off.
///
/// Both are trusted, so that whoever may create objects in the database may create them.
final class Extensions {
    private static final String CREATE =
            """
            CREATE EXTENSION IF NOT EXISTS pg_trgm;
            CREATE EXTENSION IF NOT EXISTS unaccent;
            """;

    /// Fails where they are in a schema that the connection does not look into.
    private static final String USE =
            """
            SELECT 'a'::text % 'a'::text AND unaccent('a') = 'a'
            """;

    private static final String INSUFFICIENT_PRIVILEGE = "42501";

    /// Where the server has no such files: the last two before PostgreSQL 13.
    private static final Set<String> NOT_INSTALLED = Set.of("0A000", "58P01", "42704");

    private static final Set<String> NOT_FOUND = Set.of("42883", "42704");

    private Extensions() {}

    /// Creates those that are missing.
    ///
    /// @throws IllegalStateException if that is not possible; the message says what to do
    /// @throws EventStoreException if the database is out of reach
    static void create(DataSource dataSource) {
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement()) {
            create(statement);
            use(statement);
        } catch (SQLException e) {
            throw new EventStoreException("the extensions of the database are out of reach", e);
        }
    }

    private static void create(Statement statement) throws SQLException {
        try {
            statement.execute(CREATE);
        } catch (SQLException e) {
            if (INSUFFICIENT_PRIVILEGE.equals(e.getSQLState())) {
                throw new IllegalStateException(
                        "the catalog needs the extensions pg_trgm and unaccent, and its user may not create them (%s): have an administrator of the database run \"CREATE EXTENSION pg_trgm; CREATE EXTENSION unaccent;\" in it, or grant the user CREATE on the database"
                                .formatted(e.getMessage()));
            }
            if (NOT_INSTALLED.contains(String.valueOf(e.getSQLState()))) {
                throw new IllegalStateException(
                        "the catalog needs the extensions pg_trgm and unaccent, and the database server does not have them (%s): install its contrib modules, such as the package postgresql-contrib"
                                .formatted(e.getMessage()));
            }
            throw e;
        }
    }

    private static void use(Statement statement) throws SQLException {
        try {
            statement.execute(USE);
        } catch (SQLException e) {
            if (NOT_FOUND.contains(String.valueOf(e.getSQLState()))) {
                throw new IllegalStateException(
                        "the extensions pg_trgm and unaccent are in a schema that the catalog's connections do not look into (%s): add it to the search_path of the user, or move them with \"ALTER EXTENSION … SET SCHEMA …\""
                                .formatted(e.getMessage()));
            }
            throw e;
        }
    }
}
