package dev.twofold.postgres;

import dev.twofold.EventStoreException;
import dev.twofold.postgres.Replicas.Told;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Reads tables that a projection keeps, or that change together with the log, from one snapshot
/// that also says how far they are.
///
/// Safe for use by many threads.
public final class TableReader {
    private static final String SNAPSHOT =
            "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;\n";
    private static final String OF_PROJECTION =
            "SELECT "
                    + Sighting.COLUMNS
                    + """
                    , p.generation, min(c.position) AS position, least(min(c.position), min((
                      SELECT min(f.position) - 1 FROM twofold.fan_out f
                      WHERE f.projection = p.projection AND f.generation = p.generation))) AS reached
                    FROM twofold.projection p JOIN twofold.checkpoint c USING (projection, generation)
                    WHERE p.projection = ? AND p.role = 'serving'
                    GROUP BY p.generation, p.partitions HAVING count(*) >= p.partitions
                    """;
    private static final String OF_LOG =
            "SELECT "
                    + Sighting.COLUMNS
                    + """
                    , 0 AS generation, head.position, head.position AS reached
                    FROM (SELECT coalesce(max(position), 0) AS position FROM twofold.event) AS head
                    """;

    /// How many columns tell how far the tables are.
    static final int STANDING_COLUMNS = 5;

    private final Replicas replicas;
    private final String name;
    private final String standing;

    private TableReader(Replicas replicas, String name, String standing) {
        this.replicas = replicas;
        this.name = name;
        this.standing = standing;
    }

    /// For the tables of a projection.
    public static TableReader of(Replicas replicas, String projection) {
        return new TableReader(replicas, projection, OF_PROJECTION);
    }

    /// For tables that are written in the same transactions as events.
    public static TableReader ofLog(Replicas replicas) {
        return new TableReader(replicas, "", OF_LOG);
    }

    /// A statement of one row, for what one is enough for.
    public TableStatement statement(PlanFor plan, String sql) {
        return new TableStatement(this, plan, sql);
    }

    /// Something to read, within the reader's transaction. Done again on another server if this one
    /// fails.
    public interface Work<T> {
        T in(Connection connection) throws SQLException;
    }

    /// What there is, if the tables have the log up to a position.
    ///
    /// @throws EventStoreException if the database is out of reach
    public <T> TableAnswer<T> read(long notBefore, Work<T> work) {
        return ask(notBefore, (connection, gate) -> read(connection, gate, work));
    }

    <T> TableAnswer<T> ask(long notBefore, Question<TableAnswer<T>> question) {
        try {
            return switch (replicas.ask(name, notBefore, question)) {
                case Told.Answer<TableAnswer<T>>(var answer) -> answer;
                case Told.Behind<TableAnswer<T>>(var reached) -> new TableAnswer.Behind<>(reached);
            };
        } catch (SQLException e) {
            throw new EventStoreException(
                    name.isEmpty()
                            ? "the tables that change with the log are out of reach"
                            : "the tables of projection \"%s\" are out of reach".formatted(name),
                    e);
        }
    }

    /// Which generation serves, and how far it is; empty if there is none yet.
    ///
    /// @throws EventStoreException if the database is out of reach
    public Optional<ViewStanding> standing() {
        try {
            return switch (replicas.ask(name, 0, this::standing)) {
                case Told.Answer<ViewStanding>(var standing) -> Optional.of(standing);
                case Told.Behind<ViewStanding> _ -> Optional.empty();
            };
        } catch (SQLException e) {
            throw new EventStoreException("how far \"%s\" is, is out of reach".formatted(name), e);
        }
    }

    private @Nullable ViewStanding standing(Connection connection, Predicate<Sighting> gate)
            throws SQLException {
        connection.setAutoCommit(false);
        Sighting sighting = sighting(connection);
        connection.commit();
        return sighting != null && gate.test(sighting)
                ? new ViewStanding(sighting.generation(), sighting.reached(), sighting.position())
                : null;
    }

    private <T> @Nullable TableAnswer<T> read(
            Connection connection, Predicate<Sighting> gate, Work<T> work) throws SQLException {
        connection.setAutoCommit(false);
        Sighting sighting = sighting(connection);
        TableAnswer<T> answer =
                sighting != null && gate.test(sighting)
                        ? new TableAnswer.Read<>(
                                done(work, connection), sighting.reached(), sighting.generation())
                        : null;
        connection.commit();
        return answer;
    }

    /// What a [LogSnapshot] could not read counts as the server's failure, too.
    private static <T> T done(Work<T> work, Connection connection) throws SQLException {
        try {
            return work.in(connection);
        } catch (EventStoreException e) {
            if (e.getCause() instanceof SQLException sql) {
                throw sql;
            }
            throw e;
        }
    }

    /// The part of a statement that tells how far the tables are; without a row if they are not
    /// there yet.
    String standingSql() {
        return standing;
    }

    /// Sets the parameters of that part, which come first.
    ///
    /// @return how many they are
    int bind(PreparedStatement statement) throws SQLException {
        if (name.isEmpty()) {
            return 0;
        }
        statement.setString(1, name);
        return 1;
    }

    private @Nullable Sighting sighting(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(SNAPSHOT + standing)) {
            bind(statement);
            statement.execute();
            statement.getMoreResults(); // past what SET has to say
            try (ResultSet row = statement.getResultSet()) {
                return row.next() ? sighting(row) : null;
            }
        }
    }

    /// @param row with the columns of the standing first
    static Sighting sighting(ResultSet row) throws SQLException {
        return new Sighting(
                row.getBoolean(1), row.getString(2), row.getInt(3), row.getLong(4), row.getLong(5));
    }
}
