package dev.twofold.postgres;

import dev.twofold.EventStoreException;
import dev.twofold.postgres.Replicas.Told;
import dev.twofold.postgres.ViewAnswer.Behind;
import dev.twofold.postgres.ViewAnswer.Found;
import dev.twofold.postgres.ViewAnswer.Missing;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import java.util.function.Predicate;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/// Looks documents of a view up by key.
///
/// A document for which an event is set aside, or is pending among many others, is as old as the
/// event before that one. Safe for use by many threads.
public final class ViewReader<D> {
    private static final String FIND =
            "SELECT "
                    + Sighting.COLUMNS
                    + """
                    , c.generation, c.position, least(c.position, e.position - 1, f.position - 1),
                      d.document::text, d.position
                    FROM twofold.projection p
                    JOIN twofold.checkpoint c ON c.projection = p.projection
                      AND c.generation = p.generation AND c.partition = ? % p.partitions
                    LEFT JOIN "${table}" d ON d.key = ?
                    LEFT JOIN twofold.parked_event e ON e.projection = p.projection
                      AND e.generation = p.generation AND e.partition = c.partition
                      AND e.view = p.projection AND e.key = ?
                    LEFT JOIN twofold.fan_out f ON f.projection = p.projection
                      AND f.generation = p.generation AND f.partition = c.partition
                      AND d.position < f.position AND d.refs && f.names
                    WHERE p.projection = ? AND p.role = 'serving'
                    ORDER BY 5 LIMIT 1
                    """;
    private static final String UNDEFINED_TABLE = "42P01";

    private final Replicas replicas;
    private final ViewTable<?, D> table;
    private final String find;
    private final TableReader whole;

    /// A reader of one database. That may be a replica's: the answer is as old as the replica, and
    /// says how old that is.
    public ViewReader(DataSource dataSource, ViewTable<?, D> table) {
        this(Replicas.none(dataSource), table);
    }

    /// A reader of whichever server is fresh enough.
    public ViewReader(Replicas replicas, ViewTable<?, D> table) {
        this.replicas = replicas;
        this.table = table;
        this.find = DocumentTable.on(TableName.of(table.view().name()), FIND);
        this.whole = TableReader.of(replicas, table.view().name());
    }

    /// The document as it is now; `Behind` only if the view does not exist yet.
    ///
    /// @throws EventStoreException if the database is out of reach
    public ViewAnswer<D> find(String key) {
        return find(key, 0);
    }

    /// The document if the view has taken in the log up to a position.
    ///
    /// @throws EventStoreException if the database is out of reach
    public ViewAnswer<D> find(String key, long notBefore) {
        String view = table.view().name();
        try {
            return switch (replicas.ask(
                    view, notBefore, (connection, gate) -> find(connection, gate, key))) {
                case Told.Answer<ViewAnswer<D>>(var answer) -> answer;
                case Told.Behind<ViewAnswer<D>>(var reached) -> new Behind<>(reached);
            };
        } catch (SQLException e) {
            if (UNDEFINED_TABLE.equals(e.getSQLState())) {
                return new Behind<>(0);
            }
            throw new EventStoreException(
                    "document \"%s\" of view \"%s\" is out of reach".formatted(key, view), e);
        }
    }

    private @Nullable ViewAnswer<D> find(
            Connection connection, Predicate<Sighting> gate, String key) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(find)) {
            statement.setLong(1, Partition.hash(key));
            statement.setString(2, key);
            statement.setString(3, key);
            statement.setString(4, table.view().name());
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next()) {
                    return null;
                }
                Sighting sighting =
                        new Sighting(
                                row.getBoolean(1),
                                row.getString(2),
                                row.getInt(3),
                                row.getLong(4),
                                row.getLong(5));
                return gate.test(sighting)
                        ? answer(sighting, row.getString(6), row.getLong(7))
                        : null;
            }
        }
    }

    private ViewAnswer<D> answer(Sighting sighting, @Nullable String json, long position) {
        if (json == null) {
            return new Missing<>(sighting.reached(), sighting.generation());
        }
        D document = table.codec().decode(json, table.view().documentType());
        return new Found<>(document, position, sighting.reached(), sighting.generation());
    }

    /// Which generation of the view serves, and how far all of its documents are but those that
    /// wait for an event set aside; empty if the view does not exist yet.
    ///
    /// @throws EventStoreException if the database is out of reach
    public Optional<ViewStanding> standing() {
        return whole.standing();
    }

    /// Reads many documents, or what else is in the view's table, if all of it has taken in the log
    /// up to a position, but for documents that wait for an event set aside.
    ///
    /// @throws EventStoreException if the database is out of reach
    public <T> TableAnswer<T> read(long notBefore, TableReader.Work<T> work) {
        return whole.read(notBefore, work);
    }
}
