package dev.twofold.postgres;

import dev.twofold.EventStoreException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.UUID;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.flywaydb.database.postgresql.PostgreSQLConfigurationExtension;

/// Prepares a database for a log and its projections: the tables and functions of schema `twofold`.
public final class PostgresLog {
    private static final String RENEW =
            """
            UPDATE twofold.log SET epoch = gen_random_uuid() RETURNING epoch
            """;
    private static final String EXISTS =
            """
            SELECT to_regclass('twofold.event') IS NOT NULL
            """;

    private PostgresLog() {}

    /// Brings the schema up to date; does nothing where it is. Several processes may do so at once.
    ///
    /// The database's user must be allowed to create the schema, or to change it.
    ///
    /// @throws org.flywaydb.core.api.FlywayException if the database is out of reach or refuses
    public static void migrate(DataSource dataSource) {
        FluentConfiguration flyway =
                Flyway.configure()
                        .dataSource(dataSource)
                        .schemas("twofold")
                        .table("migration")
                        .resourceProvider(new Migrations());
        // a lock of its own session, so that a migration can create an index concurrently
        flyway.getConfigurationExtension(PostgreSQLConfigurationExtension.class)
                .setTransactionalLock(false);
        flyway.load().migrate();
    }

    private static final String FOLLOW =
            """
            UPDATE twofold.log SET epoch = ?
            WHERE NOT EXISTS (SELECT FROM twofold.event)
              AND NOT EXISTS (SELECT FROM twofold.checkpoint WHERE position > 0)
            """;

    private static final String EPOCH = "SELECT epoch FROM twofold.log";

    private static final String REFUSE_EVENTS =
            """
            CREATE OR REPLACE TRIGGER refuse_events BEFORE INSERT ON twofold.event
            FOR EACH STATEMENT EXECUTE FUNCTION twofold.refuse_events()
            """;

    private static final String FOLLOWS =
            """
            SELECT EXISTS (
              SELECT FROM pg_trigger
              WHERE tgname = 'refuse_events' AND tgrelid = to_regclass('twofold.event'))
            """;

    /// Makes an empty database one that keeps projections of a log that is elsewhere, so that the
    /// positions of that log, and of no other, count here. It takes no events from then on. Does
    /// nothing where it is one already.
    ///
    /// @param epoch of the log
    /// @throws IllegalStateException if the database has a log of its own, even that very one, or
    ///   follows another one
    /// @throws dev.twofold.EventStoreException if the database is out of reach
    public static void follow(DataSource dataSource, UUID epoch) {
        try {
            UUID followed =
                    Transaction.run(
                            dataSource,
                            connection -> {
                                if (!follows(connection)) {
                                    adopt(connection, epoch);
                                }
                                return epoch(connection);
                            });
            if (!followed.equals(epoch)) {
                throw new IllegalStateException(
                        "this database follows the log %s, and cannot follow the log %s as well; give that one an empty database"
                                .formatted(followed, epoch));
            }
        } catch (SQLException e) {
            throw SqlFailure.diagnosis("the database cannot follow a log", e);
        }
    }

    private static UUID epoch(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(EPOCH);
                ResultSet row = statement.executeQuery()) {
            row.next();
            return row.getObject(1, UUID.class);
        }
    }

    private static void adopt(Connection connection, UUID epoch) throws SQLException {
        try (PreparedStatement follow = connection.prepareStatement(FOLLOW);
                PreparedStatement refuse = connection.prepareStatement(REFUSE_EVENTS)) {
            follow.setObject(1, epoch);
            if (follow.executeUpdate() == 0) {
                throw new IllegalStateException(
                        "this database has the log %s or projections of it, and cannot follow the log %s; give that one an empty database"
                                .formatted(epoch(connection), epoch));
            }
            refuse.executeUpdate();
        }
    }

    /// Whether the database follows a log that is elsewhere, as [#follow] makes it.
    ///
    /// @throws dev.twofold.EventStoreException if the database is out of reach
    public static boolean follows(DataSource dataSource) {
        try (Connection connection = dataSource.getConnection()) {
            return follows(connection);
        } catch (SQLException e) {
            throw new EventStoreException("whether the database follows a log is not known", e);
        }
    }

    private static boolean follows(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(FOLLOWS);
                ResultSet row = statement.executeQuery()) {
            row.next();
            return row.getBoolean(1);
        }
    }

    /// Gives the log another epoch, for when its database was restored from a backup: the positions
    /// after the backup will be given out again, and tokens of the time before mean other events.
    ///
    /// Processes that have the log open keep to the old epoch; start them anew.
    ///
    /// @return the new epoch
    /// @throws EventStoreException if the database is out of reach
    public static UUID renewEpoch(DataSource dataSource) {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(RENEW);
                ResultSet row = statement.executeQuery()) {
            row.next();
            return row.getObject(1, UUID.class);
        } catch (SQLException e) {
            throw new EventStoreException("the log's epoch could not be renewed", e);
        }
    }

    /// Whether the database has a log, of whatever version of the schema.
    ///
    /// @throws dev.twofold.EventStoreException if the database is out of reach
    public static boolean exists(DataSource dataSource) {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(EXISTS);
                ResultSet row = statement.executeQuery()) {
            row.next();
            return row.getBoolean(1);
        } catch (SQLException e) {
            throw SqlFailure.diagnosis("the database cannot be asked for a log", e);
        }
    }
}
