package dev.twofold.postgres;

import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.flywaydb.database.postgresql.PostgreSQLConfigurationExtension;

/// Prepares a database for a log and its projections: the tables and functions of schema `twofold`.
public final class PostgresLog {
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
}
