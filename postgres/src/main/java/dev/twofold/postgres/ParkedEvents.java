package dev.twofold.postgres;

import dev.twofold.postgres.Parking.Queued;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The stored queues of documents that wait, for one partition of a generation.
record ParkedEvents(String projection, Partition partition) {

    Checkpoint checkpoint() {
        return new Checkpoint(projection, partition.generation(), partition.number());
    }

    private static final String DOCUMENTS =
            """
            SELECT DISTINCT view, key FROM twofold.parked_event
            WHERE projection = ? AND generation = ? AND partition = ? AND dropped_at IS NULL
            """;

    Set<DocumentName> documents(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(DOCUMENTS)) {
            bind(statement);
            Set<DocumentName> documents = new HashSet<>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    documents.add(new DocumentName(rows.getString(1), rows.getString(2)));
                }
            }
            return documents;
        }
    }

    private static final String ADD =
            """
            INSERT INTO twofold.parked_event
              (projection, generation, partition, view, key, position, reason, stack)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
            """;

    void add(Connection connection, Parking parking) throws SQLException {
        if (parking.failures().isEmpty() && parking.queued().isEmpty()) {
            return;
        }
        try (PreparedStatement statement = connection.prepareStatement(ADD)) {
            for (EventFailure failure : parking.failures()) {
                DocumentName document = failure.document();
                if (document != null) {
                    bind(statement, document, failure.position());
                    statement.setString(7, storable(failure.diagnosis()));
                    statement.setString(8, storable(failure.stack()));
                    statement.addBatch();
                }
            }
            for (Queued queued : parking.queued()) {
                bind(statement, queued.document(), queued.position());
                statement.setString(7, null);
                statement.setString(8, null);
                statement.addBatch();
            }
            statement.executeBatch();
        }
    }

    private static final String ALL =
            """
            SELECT view, key, position, reason, stack, parked_at FROM twofold.parked_event
            WHERE projection = ? AND generation = ? AND partition = ? AND dropped_at IS NULL
            ORDER BY view, key, position
            """;

    /// All events set aside, each document's in order.
    List<ParkedEvent> all(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(ALL)) {
            bind(statement);
            List<ParkedEvent> events = new ArrayList<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    Timestamp parkedAt = row.getTimestamp(6);
                    events.add(
                            new ParkedEvent(
                                    projection,
                                    partition.generation(),
                                    partition.number(),
                                    row.getString(1),
                                    row.getString(2),
                                    row.getLong(3),
                                    row.getString(4),
                                    row.getString(5),
                                    parkedAt.toInstant()));
                }
            }
            return events;
        }
    }

    private static final String POSITIONS =
            """
            SELECT position FROM twofold.parked_event
            WHERE projection = ? AND generation = ? AND partition = ? AND view = ? AND key = ?
              AND dropped_at IS NULL
            ORDER BY position
            """;

    List<Long> positions(Connection connection, DocumentName document) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(POSITIONS)) {
            bind(statement, document);
            List<Long> positions = new ArrayList<>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    positions.add(rows.getLong(1));
                }
            }
            return positions;
        }
    }

    private static final String REMOVE =
            """
            DELETE FROM twofold.parked_event
            WHERE projection = ? AND generation = ? AND partition = ? AND view = ? AND key = ?
              AND position <= ? AND dropped_at IS NULL
            """;

    /// Forgets the document's events up to a position, as they have taken effect.
    void remove(Connection connection, DocumentName document, long upTo) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(REMOVE)) {
            bind(statement, document, upTo);
            statement.executeUpdate();
        }
    }

    private static final String EXPLAIN =
            """
            UPDATE twofold.parked_event SET reason = ?, stack = ?
            WHERE projection = ? AND generation = ? AND partition = ? AND view = ? AND key = ?
              AND position = ?
            """;

    void explain(Connection connection, DocumentName document, EventFailure failure)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(EXPLAIN)) {
            statement.setString(1, storable(failure.diagnosis()));
            statement.setString(2, storable(failure.stack()));
            statement.setString(3, projection);
            statement.setInt(4, partition.generation());
            statement.setInt(5, partition.number());
            statement.setString(6, document.view());
            statement.setString(7, document.key());
            statement.setLong(8, failure.position());
            statement.executeUpdate();
        }
    }

    private static final String DROP =
            """
            UPDATE twofold.parked_event
            SET dropped_at = clock_timestamp(), dropped_because = ?
            WHERE projection = ? AND generation = ? AND partition = ? AND view = ? AND key = ?
              AND position = ? AND dropped_at IS NULL
            """;

    /// Lets the event have no effect on the document, ever; tells whether it was set aside.
    boolean drop(Connection connection, DocumentName document, long position, String because)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(DROP)) {
            statement.setString(1, because);
            statement.setString(2, projection);
            statement.setInt(3, partition.generation());
            statement.setInt(4, partition.number());
            statement.setString(5, document.view());
            statement.setString(6, document.key());
            statement.setLong(7, position);
            return statement.executeUpdate() == 1;
        }
    }

    private static final String KEYS =
            """
            SELECT DISTINCT partition, key FROM twofold.parked_event
            WHERE projection = ? AND generation = ? AND view = projection
            """;
    private static final String MOVE =
            """
            UPDATE twofold.parked_event SET partition = ?
            WHERE projection = ? AND generation = ? AND partition = ? AND view = projection AND key = ?
            """;
    private static final String REMOVE_COPIES =
            """
            DELETE FROM twofold.parked_event
            WHERE projection = ? AND generation = ? AND view <> projection AND partition >= ?
            """;
    private static final String COPY =
            """
            INSERT INTO twofold.parked_event (projection, generation, partition, view, key, position,
              reason, stack, parked_at, dropped_at, dropped_because)
            SELECT projection, generation, copy, view, key, position,
              reason, stack, parked_at, dropped_at, dropped_because
            FROM twofold.parked_event, generate_series(?::int, ?::int) AS copy
            WHERE projection = ? AND generation = ? AND view <> projection AND partition = 0
            """;

    /// Hands the queues over to other partitions: of a view's own documents to where their keys are
    /// now, of looked-up documents to each that comes to keep them as the first one does.
    static void resize(Connection connection, String projection, int generation, int from, int to)
            throws SQLException {
        try (PreparedStatement remove = connection.prepareStatement(REMOVE_COPIES);
                PreparedStatement copy = connection.prepareStatement(COPY);
                PreparedStatement keys = connection.prepareStatement(KEYS);
                PreparedStatement move = connection.prepareStatement(MOVE)) {
            remove.setString(1, projection);
            remove.setInt(2, generation);
            remove.setInt(3, to);
            remove.executeUpdate();
            copy.setInt(1, from);
            copy.setInt(2, to - 1);
            copy.setString(3, projection);
            copy.setInt(4, generation);
            copy.executeUpdate();
            keys.setString(1, projection);
            keys.setInt(2, generation);
            try (ResultSet row = keys.executeQuery()) {
                while (row.next()) {
                    move.setInt(1, Partition.number(row.getString(2), to));
                    move.setString(2, projection);
                    move.setInt(3, generation);
                    move.setInt(4, row.getInt(1));
                    move.setString(5, row.getString(2));
                    move.addBatch();
                }
            }
            move.executeBatch();
        }
    }

    /// A text as PostgreSQL takes it.
    static String storable(String text) {
        return text.replace("\0", "\\0");
    }

    private void bind(PreparedStatement statement, DocumentName document, long position)
            throws SQLException {
        bind(statement, document);
        statement.setLong(6, position);
    }

    private void bind(PreparedStatement statement, DocumentName document) throws SQLException {
        bind(statement);
        statement.setString(4, document.view());
        statement.setString(5, document.key());
    }

    private void bind(PreparedStatement statement) throws SQLException {
        statement.setString(1, projection);
        statement.setInt(2, partition.generation());
        statement.setInt(3, partition.number());
    }
}
