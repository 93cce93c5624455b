package dev.twofold.postgres;

import dev.twofold.Append;
import dev.twofold.Condition;
import dev.twofold.Condition.ExpectedVersion;
import dev.twofold.Condition.NoneMatching;
import dev.twofold.NewEvent;
import dev.twofold.Query;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A call of the database's `append_event`, prepared on one connection: the short way for an append
/// of one event under one condition on its own stream, or none. Not safe for use by many threads.
final class EventCall implements AutoCloseable {
    private final PreparedStatement statement;

    EventCall(Connection connection) throws SQLException {
        statement =
                connection.prepareStatement(
                        "SELECT twofold.append_event(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    }

    /// Whether the append can go this way.
    static boolean takes(Append append) {
        if (append.events().size() != 1 || append.receipt() != null) {
            return false;
        }
        List<Condition> conditions = append.conditions();
        return conditions.isEmpty()
                || (conditions.size() == 1
                        && isOnItsStream(append.events().getFirst(), conditions.getFirst()));
    }

    private static boolean isOnItsStream(NewEvent event, Condition condition) {
        if (event.stream() == null) {
            return false;
        }
        return switch (condition) {
            case ExpectedVersion(var stream, _) -> stream.equals(event.stream());
            case NoneMatching(var query, _) ->
                    query.items()
                            .equals(List.of(new Query.Item(event.stream(), Set.of(), Set.of())));
        };
    }

    /// Returns the position of the event, or nothing if something is in its way: nothing is written
    /// then, and [AppendCall] says why.
    OptionalLong execute(Append append) throws SQLException {
        bind(append.events().getFirst(), append.conditions());
        try (ResultSet row = statement.executeQuery()) {
            row.next();
            long position = row.getLong(1);
            return row.wasNull() ? OptionalLong.empty() : OptionalLong.of(position);
        }
    }

    private void bind(NewEvent event, List<Condition> conditions) throws SQLException {
        statement.setObject(1, event.id());
        statement.setString(2, event.stream() == null ? null : event.stream().toString());
        statement.setString(3, event.type());
        statement.setInt(4, event.revision());
        statement.setString(5, event.data());
        statement.setString(6, ArrayLiteral.of(event.tags()));
        statement.setString(7, event.metadata().correlation());
        statement.setString(8, event.metadata().causation());
        statement.setString(9, event.metadata().actor());
        statement.setString(10, event.metadata().trace());
        @Nullable Long version = null;
        @Nullable Long after = null;
        for (Condition condition : conditions) {
            switch (condition) {
                case ExpectedVersion(_, var expected) -> version = expected;
                case NoneMatching(_, var position) -> after = position;
            }
        }
        statement.setObject(11, version, Types.BIGINT);
        statement.setObject(12, after, Types.BIGINT);
    }

    @Override
    public void close() throws SQLException {
        statement.close();
    }
}
