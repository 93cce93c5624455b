package dev.twofold.postgres;

import dev.twofold.EventStoreException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// A statement that reads one row of tables together with how far they are: one round trip, and one
/// snapshot without a transaction around it.
///
/// Safe for use by many threads.
public final class TableStatement {
    private static final String UNDEFINED_TABLE = "42P01";

    private final TableReader reader;
    private final String sql;

    /// @param sql has one row
    TableStatement(TableReader reader, PlanFor plan, String sql) {
        this.reader = reader;
        this.sql =
                plan.settings()
                        + "SELECT standing.*, answer.* FROM (\n"
                        + reader.standingSql()
                        + ") AS standing CROSS JOIN (\n"
                        + sql
                        + ") AS answer";
    }

    /// Sets the parameters.
    public interface Binding {
        /// @param first the number of the statement's first parameter
        void to(PreparedStatement statement, int first) throws SQLException;
    }

    /// Makes something of the row.
    public interface Row<T> {
        /// @param first the number of the row's first column
        T from(ResultSet row, int first) throws SQLException;
    }

    /// What there is, if the tables have the log up to a position; `Behind` as well if there are no
    /// such tables yet.
    ///
    /// @throws EventStoreException if the database is out of reach
    public <T> TableAnswer<T> read(long notBefore, Binding binding, Row<T> row) {
        return reader.ask(notBefore, (connection, gate) -> read(connection, gate, binding, row));
    }

    private <T> @Nullable TableAnswer<T> read(
            Connection connection, Predicate<Sighting> gate, Binding binding, Row<T> row)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            binding.to(statement, 1 + reader.bind(statement));
            statement.execute();
            statement.getMoreResults(); // past what the settings are now
            try (ResultSet result = statement.getResultSet()) {
                if (!result.next()) {
                    return null;
                }
                Sighting sighting = TableReader.sighting(result);
                return gate.test(sighting)
                        ? new TableAnswer.Read<>(
                                row.from(result, 1 + TableReader.STANDING_COLUMNS),
                                sighting.reached(),
                                sighting.generation())
                        : null;
            }
        } catch (SQLException e) {
            if (UNDEFINED_TABLE.equals(e.getSQLState())) {
                return null;
            }
            throw e;
        }
    }
}
