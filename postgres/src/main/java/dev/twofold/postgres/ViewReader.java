package dev.twofold.postgres;

import dev.twofold.EventStoreException;
import dev.twofold.postgres.ViewAnswer.Behind;
import dev.twofold.postgres.ViewAnswer.Found;
import dev.twofold.postgres.ViewAnswer.Missing;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import javax.sql.DataSource;

/// Looks documents of a view up by key.
///
/// A document for which an event is set aside, or is pending among many others, is as old as the
/// event before that one.
///
/// The data source may be a replica's: the answer is as old as the replica, and says how old that
/// is. Safe for use by many threads.
public final class ViewReader<D> {
    private static final String FIND =
            """
            SELECT least(c.position, e.position - 1, f.position - 1), c.generation, d.document::text, d.position
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
            ORDER BY 1 LIMIT 1
            """;
    private static final String UNDEFINED_TABLE = "42P01";

    private final DataSource dataSource;
    private final ViewTable<?, D> table;
    private final String find;

    public ViewReader(DataSource dataSource, ViewTable<?, D> table) {
        this.dataSource = dataSource;
        this.table = table;
        this.find = DocumentTable.on(TableName.of(table.view().name()), FIND);
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
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(find)) {
            statement.setLong(1, Partition.hash(key));
            statement.setString(2, key);
            statement.setString(3, key);
            statement.setString(4, table.view().name());
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? answer(row, notBefore) : new Behind<>(0);
            }
        } catch (SQLException e) {
            if (UNDEFINED_TABLE.equals(e.getSQLState())) {
                return new Behind<>(0);
            }
            throw new EventStoreException(
                    "document \"%s\" of view \"%s\" is out of reach"
                            .formatted(key, table.view().name()),
                    e);
        }
    }

    private static final String STANDING =
            """
            SELECT p.generation, least(min(c.position), min((
              SELECT min(f.position) - 1 FROM twofold.fan_out f
              WHERE f.projection = p.projection AND f.generation = p.generation))), min(c.position)
            FROM twofold.projection p JOIN twofold.checkpoint c USING (projection, generation)
            WHERE p.projection = ? AND p.role = 'serving'
            GROUP BY p.generation, p.partitions HAVING count(*) >= p.partitions
            """;

    /// Which generation of the view serves, and how far all of its documents are but those that
    /// wait for an event set aside; empty if the view does not exist yet.
    ///
    /// @throws EventStoreException if the database is out of reach
    public Optional<ViewStanding> standing() {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(STANDING)) {
            statement.setString(1, table.view().name());
            try (ResultSet row = statement.executeQuery()) {
                return row.next()
                        ? Optional.of(
                                new ViewStanding(row.getInt(1), row.getLong(2), row.getLong(3)))
                        : Optional.empty();
            }
        } catch (SQLException e) {
            throw new EventStoreException(
                    "how far view \"%s\" is, is out of reach".formatted(table.view().name()), e);
        }
    }

    private ViewAnswer<D> answer(ResultSet row, long notBefore) throws SQLException {
        long reached = row.getLong(1);
        int generation = row.getInt(2);
        if (reached < notBefore) {
            return new Behind<>(reached);
        }
        String json = row.getString(3);
        if (json == null) {
            return new Missing<>(reached, generation);
        }
        D document = table.codec().decode(json, table.view().documentType());
        return new Found<>(document, row.getLong(4), reached, generation);
    }
}
