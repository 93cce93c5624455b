import org.jspecify.annotations.NullMarked;

/// The event log and its projections on PostgreSQL.
@NullMarked
module dev.twofold.postgres {
    requires flyway.core;
    requires flyway.database.postgresql;
    requires transitive dev.twofold;
    requires transitive java.sql;
    // pgjdbc's data sources, in the tests, refer to it
    requires static java.naming;
    requires static org.jspecify;

    exports dev.twofold.postgres;
}
