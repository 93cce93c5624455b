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
            INSERT INTO twofold.dropped_event (projection, revision, view, position, reason, because)
            SELECT projection, revision, projection, stopped_at, error, ?
            FROM twofold.checkpoint JOIN twofold.projection USING (projection, generation)
            WHERE projection = ? AND generation = ? AND partition = ? AND stopped_at = ?
            ON CONFLICT DO NOTHING
            """;

    /// Lets the event at which a partition has stopped have no effect; whether it has stopped
    /// there.
    boolean drop(Connection connection, Partition partition, long position, String because)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(DROP)) {
            statement.setString(1, ParkedEvents.storable(because));
            statement.setString(2, projection);
            statement.setInt(3, partition.generation());
            statement.setInt(4, partition.number());
            statement.setLong(5, position);
            return statement.executeUpdate() == 1;
        }
    }
}
