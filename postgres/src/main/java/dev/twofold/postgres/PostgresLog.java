package dev.twofold.postgres;

import java.util.Map;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;

/// Prepares a database for a log and its projections: the tables and functions of schema `twofold`.
public final class PostgresLog {
    private PostgresLog() {}

    /// Brings the schema up to date; does nothing where it is. Several processes may do so at once.
    ///
    /// The database's user must be allowed to create the schema, or to change it.
    ///
    /// @throws org.flywaydb.core.api.FlywayException if the database is out of reach or refuses
    public static void migrate(DataSource dataSource) {
        Flyway.configure()
                .configuration(Map.of("flyway.postgresql.transactional.lock", "false"))
                .dataSource(dataSource)
                .schemas("twofold")
                .table("migration")
                .resourceProvider(new Migrations())
                .load()
                .migrate();
    }
}
