package dev.twofold.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;

/// Statements without results that go to the database together: one round trip for all of them,
/// carried out in their order, none after one that fails.
///
/// Their text is the same for the same kind of batch, so that the driver prepares it once. Not safe
/// for use by many threads.
final class Statements {
    private StringJoiner sql = new StringJoiner(";\n");
    private final List<Binding> bindings = new ArrayList<>();

    /// Sets the parameters of one statement.
    interface Binding {
        /// @param from the number of its first parameter
        /// @return the number of the first one of the next statement
        int bind(PreparedStatement statement, int from) throws SQLException;
    }

    void add(String statement, Binding binding) {
        sql.add(statement);
        bindings.add(binding);
    }

    /// Has the transaction committed behind what has been added before.
    void addCommit() {
        add("COMMIT", (_, from) -> from);
    }

    /// Carries them out, and begins anew.
    void execute(Connection connection) throws SQLException {
        if (bindings.isEmpty()) {
            return;
        }
        try (PreparedStatement statement = connection.prepareStatement(sql.toString())) {
            int next = 1;
            for (Binding binding : bindings) {
                next = binding.bind(statement, next);
            }
            statement.execute();
        }
        sql = new StringJoiner(";\n");
        bindings.clear();
    }
}
