package dev.twofold.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/// The record of events that have been given up for one projection.
record DroppedEvents(String projection) {
    private static final String ALL =
            """
            SELECT revision, view, key, position, reason, stack, dropped_at, because
            FROM twofold.dropped_event WHERE projection = ?
            ORDER BY dropped_at, view, key, position
            """;

    /// Of all revisions, the oldest first.
    List<DroppedEvent> all(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(ALL)) {
            statement.setString(1, projection);
            List<DroppedEvent> events = new ArrayList<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    events.add(
                            new DroppedEvent(
                                    projection,
                                    row.getInt(1),
                                    row.getString(2),
                                    row.getString(3),
                                    row.getLong(4),
                                    row.getString(5),
                                    row.getString(6),
                                    row.getTimestamp(7).toInstant(),
                                    row.getString(8)));
                }
            }
            return events;
        }
    }

    /// Those that have no effect in one revision.
    Dropped of(Connection connection, int revision) throws SQLException {
        return Dropped.of(
                all(connection).stream().filter(event -> event.revision() == revision).toList());
    }

    private static final String DROP =
            """
            WITH stopped AS (
              SELECT stopped_at, min(error) AS error
              FROM twofold.checkpoint
              WHERE projection = ? AND generation = ? AND stopped_at = ?
              GROUP BY stopped_at
            )
            INSERT INTO twofold.dropped_event
              (projection, revision, view, position, reason, because)
            SELECT projection, revision, projection, stopped_at, error, ?
            FROM stopped, twofold.projection WHERE projection = ? AND generation = ?
            ON CONFLICT DO NOTHING
            """;

    /// Lets the event at which a generation has stopped have no effect; whether it has stopped
    /// there.
    boolean drop(Connection connection, int generation, long position, String because)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(DROP)) {
            statement.setString(1, projection);
            statement.setInt(2, generation);
            statement.setLong(3, position);
            statement.setString(4, ParkedEvents.storable(because));
            statement.setString(5, projection);
            statement.setInt(6, generation);
            return statement.executeUpdate() == 1;
        }
    }
}
