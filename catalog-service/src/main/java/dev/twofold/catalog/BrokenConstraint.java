package dev.twofold.catalog;

import dev.twofold.postgres.RejectedAppendException;
import java.sql.SQLException;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/// A constraint of a table that does not allow what a command would change.
///
/// The rules of commands come first, so this is one that they do not know: an operator has added
/// it, or the tables are not what the log says.
///
/// @param table with its schema
/// @param name of the constraint, or of the column if it is one that may not be empty
/// @param clash whether other rows are in the way, and not the values by themselves
public record BrokenConstraint(String table, String name, boolean clash) {
    private static final String INTEGRITY = "23";

    /// Of values by themselves: not_null_violation and check_violation.
    private static final Set<String> OF_VALUES = Set.of("23502", "23514");

    /// The one that an append was rejected for; empty if it was for something else.
    public static Optional<BrokenConstraint> of(RejectedAppendException rejected) {
        String state = rejected.sqlState();
        return state == null || !state.startsWith(INTEGRITY)
                ? Optional.empty()
                : Optional.of(of(state, message(rejected.getCause())));
    }

    /// What is wrong, and what to do next.
    public String diagnosis() {
        return "constraint %s of table %s does not allow it, and nothing was changed; an operator knows why it is there"
                .formatted(name, table);
    }

    private static BrokenConstraint of(String state, @Nullable ServerErrorMessage message) {
        boolean clash = !OF_VALUES.contains(state);
        if (message == null) {
            return new BrokenConstraint("unknown", "unknown", clash);
        }
        String name =
                message.getConstraint() == null ? message.getColumn() : message.getConstraint();
        return new BrokenConstraint(
                "%s.%s".formatted(message.getSchema(), message.getTable()),
                String.valueOf(name),
                clash);
    }

    /// What the server said, which is behind the exception of a batch.
    private static @Nullable ServerErrorMessage message(@Nullable Throwable failure) {
        Throwable one = failure;
        while (one instanceof SQLException e && !(e instanceof PSQLException)) {
            one = e.getNextException() == null ? e.getCause() : e.getNextException();
        }
        return one instanceof PSQLException e ? e.getServerErrorMessage() : null;
    }
}
