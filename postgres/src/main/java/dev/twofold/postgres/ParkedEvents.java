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

/// The stored queues of documents that wait, for one generation of a projection.
record ParkedEvents(String projection, int generation) {

    Checkpoint checkpoint() {
        return new Checkpoint(projection, generation);
    }

    private static final String DOCUMENTS =
            """
            SELECT DISTINCT view, key FROM twofold.parked_event
            WHERE projection = ? AND generation = ? AND dropped_at IS NULL
            """;

    Set<DocumentName> documents(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(DOCUMENTS)) {
            statement.setString(1, projection);
            statement.setInt(2, generation);
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
              (projection, generation, view, key, position, reason, stack)
            VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
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
                    statement.setString(6, storable(failure.diagnosis()));
                    statement.setString(7, storable(failure.stack()));
                    statement.addBatch();
                }
            }
            for (Queued queued : parking.queued()) {
                bind(statement, queued.document(), queued.position());
                statement.setString(6, null);
                statement.setString(7, null);
                statement.addBatch();
            }
            statement.executeBatch();
        }
    }

    private static final String ALL =
            """
            SELECT view, key, position, reason, stack, parked_at FROM twofold.parked_event
            WHERE projection = ? AND generation = ? AND dropped_at IS NULL
            ORDER BY view, key, position
            """;

    /// All events set aside, each document's in order.
    List<ParkedEvent> all(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(ALL)) {
            statement.setString(1, projection);
            statement.setInt(2, generation);
            List<ParkedEvent> events = new ArrayList<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    Timestamp parkedAt = row.getTimestamp(6);
                    events.add(
                            new ParkedEvent(
                                    projection,
                                    generation,
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
            WHERE projection = ? AND generation = ? AND view = ? AND key = ? AND dropped_at IS NULL
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
            WHERE projection = ? AND generation = ? AND view = ? AND key = ? AND position <= ?
              AND dropped_at IS NULL
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
            WHERE projection = ? AND generation = ? AND view = ? AND key = ? AND position = ?
            """;

    void explain(Connection connection, DocumentName document, EventFailure failure)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(EXPLAIN)) {
            statement.setString(1, storable(failure.diagnosis()));
            statement.setString(2, storable(failure.stack()));
            statement.setString(3, projection);
            statement.setInt(4, generation);
            statement.setString(5, document.view());
            statement.setString(6, document.key());
            statement.setLong(7, failure.position());
            statement.executeUpdate();
        }
    }

    private static final String DROP =
            """
            UPDATE twofold.parked_event
            SET dropped_at = clock_timestamp(), dropped_because = ?
            WHERE projection = ? AND generation = ? AND view = ? AND key = ? AND position = ?
              AND dropped_at IS NULL
            """;

    /// Lets the event have no effect on the document, ever; tells whether it was set aside.
    boolean drop(Connection connection, DocumentName document, long position, String because)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(DROP)) {
            statement.setString(1, because);
            statement.setString(2, projection);
            statement.setInt(3, generation);
            statement.setString(4, document.view());
            statement.setString(5, document.key());
            statement.setLong(6, position);
            return statement.executeUpdate() == 1;
        }
    }

    /// A text as PostgreSQL takes it.
    static String storable(String text) {
        return text.replace("\0", "\\0");
    }

    private void bind(PreparedStatement statement, DocumentName document, long position)
            throws SQLException {
        bind(statement, document);
        statement.setLong(5, position);
    }

    private void bind(PreparedStatement statement, DocumentName document) throws SQLException {
        statement.setString(1, projection);
        statement.setInt(2, generation);
        statement.setString(3, document.view());
        statement.setString(4, document.key());
    }
}
