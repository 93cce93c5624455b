package dev.twofold.postgres;

import dev.twofold.EventStoreException;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLTransientConnectionException;
import java.util.Set;

/// What a failed call of the database means for its caller, going by the SQLSTATE.
enum SqlFailure {
    /// The connection is gone, and with it the knowledge whether the call took effect.
    LOST,
    /// The database cannot do it now and has done nothing; it may soon.
    UNAVAILABLE,
    /// The data given is not what the database can store; nothing was done.
    REFUSED,
    /// The database cannot do it; nothing was done.
    BROKEN;

    /// What append_events raises under another isolation level than READ COMMITTED.
    static final String WRONG_ISOLATION = "TF001";

    private static final Set<String> PASSING =
            Set.of(
                    "25P03", // idle_in_transaction_session_timeout: rolled back, the lock is free
                    "25006", // read_only_sql_transaction: a replica, until the failover is over
                    "40001", // serialization_failure
                    "40P01", // deadlock_detected
                    "53300", // too_many_connections
                    "57014", // query_canceled
                    "57P03"); // cannot_connect_now

    static SqlFailure of(SQLException e) {
        String state = e.getSQLState() == null ? "" : e.getSQLState();
        if (PASSING.contains(state)) {
            return UNAVAILABLE;
        }
        if (state.startsWith("08")
                || state.startsWith("57P")
                || e instanceof SQLTransientConnectionException
                || e instanceof SQLNonTransientConnectionException) {
            return LOST;
        }
        return state.startsWith("22") || state.startsWith("23") ? REFUSED : BROKEN;
    }

    /// What to throw when the database is out of reach or cannot do it.
    ///
    /// @param what was tried, and what became of it
    static EventStoreException diagnosis(String what, Throwable failure) {
        String state = failure instanceof SQLException e ? e.getSQLState() : null;
        String advice =
                switch (state == null ? "" : state) {
                    case "3F000", "42P01", "42883" -> "; run PostgresLog.migrate on this database";
                    case "42501" -> "; grant this user the use of schema twofold";
                    case "55P03" ->
                            "; another transaction has kept the log's lock for 10 s: pg_locks has"
                                    + " its pid, as an advisory lock";
                    default -> "";
                };
        return new EventStoreException(
                "%s: %s%s".formatted(what, failure.getMessage(), advice), failure);
    }

    /// What to throw when the database refuses the data it was given.
    static IllegalArgumentException refusal(SQLException failure) {
        return new IllegalArgumentException(
                "PostgreSQL refuses the append, and nothing was written: %s"
                        .formatted(failure.getMessage()),
                failure);
    }
}
