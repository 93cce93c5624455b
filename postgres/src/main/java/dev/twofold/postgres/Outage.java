package dev.twofold.postgres;

import dev.twofold.EventStoreException;
import java.sql.SQLException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Tells failures that pass with time from those that the data, or a statement, brings about.
final class Outage {
    /// Classes of SQLSTATE (PostgreSQL 18, appendix A): cardinality, data, integrity, access rule
    /// or syntax, check option, program limit, raised by a function.
    private static final Set<String> LASTING = Set.of("21", "22", "23", "42", "44", "54", "P0");

    private Outage() {}

    static boolean isCauseOf(Exception e) {
        return switch (e) {
            case EventStoreException _ -> true;
            case SQLException sql -> passes(sql.getSQLState());
            default -> false;
        };
    }

    private static boolean passes(@Nullable String state) {
        return state == null || state.length() < 2 || !LASTING.contains(state.substring(0, 2));
    }
}
