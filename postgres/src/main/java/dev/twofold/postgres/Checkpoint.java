package dev.twofold.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;

/// The row that says how far one generation of a projection has come.
record Checkpoint(String projection, int generation) {
    private static final int PARTITION = 0;

    /// What the row said when it was locked.
    record Locked(
            long position, boolean serving, long stoppedAt, int attempts, boolean anySetAside) {

        /// How often the event has been tried before.
        int attemptsAt(EventFailure failure) {
            return stoppedAt == failure.position() ? attempts : 0;
        }
    }

    private static final String FREE =
            """
            SELECT position FROM twofold.checkpoint JOIN twofold.projection USING (projection, generation)
            WHERE projection = ? AND generation = ? AND partition = ? AND role <> 'retired'
            FOR UPDATE OF checkpoint SKIP LOCKED
            """;

    /// The position if nobody is at work on the generation, and work on it is still wanted.
    Optional<Long> free(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(FREE)) {
            bind(statement, 1);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? Optional.of(row.getLong(1)) : Optional.empty();
            }
        }
    }

    private static final String CREATE =
            """
            INSERT INTO twofold.checkpoint (projection, generation, partition) VALUES (?, ?, ?)
            """;

    void create(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(CREATE)) {
            bind(statement, 1);
            statement.executeUpdate();
        }
    }

    /// The transaction need not be on disk when it is acknowledged: should the server forget it,
    /// the checkpoint goes with what it stands for. A process that is suspended inside it loses it.
    private static final String LOCK =
            """
            SELECT position, role = 'serving', coalesce(stopped_at, 0), attempts,
              EXISTS (SELECT FROM twofold.parked_event e
                WHERE e.projection = checkpoint.projection
                  AND e.generation = checkpoint.generation)
                OR EXISTS (SELECT FROM twofold.dropped_event e
                  WHERE e.projection = checkpoint.projection),
              set_config('synchronous_commit', 'off', true),
              set_config('idle_in_transaction_session_timeout', '30s', true)
            FROM twofold.checkpoint JOIN twofold.projection USING (projection, generation)
            WHERE projection = ? AND generation = ? AND partition = ? AND role <> 'retired'
            FOR UPDATE OF checkpoint SKIP LOCKED
            """;

    /// Makes the transaction the only one that works on the generation; empty if another one does,
    /// or if the generation is retired.
    Optional<Locked> lock(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(LOCK)) {
            bind(statement, 1);
            try (ResultSet row = statement.executeQuery()) {
                return row.next()
                        ? Optional.of(
                                new Locked(
                                        row.getLong(1),
                                        row.getBoolean(2),
                                        row.getLong(3),
                                        row.getInt(4),
                                        row.getBoolean(5)))
                        : Optional.empty();
            }
        }
    }

    private static final String POSITION =
            """
            SELECT position FROM twofold.checkpoint
            WHERE projection = ? AND generation = ? AND partition = ?
            """;

    /// The position as it is now; 0 if there is none.
    long position(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(POSITION)) {
            bind(statement, 1);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? row.getLong(1) : 0;
            }
        }
    }

    private static final String AWAIT =
            """
            SELECT position, set_config('idle_in_transaction_session_timeout', '30s', true) FROM twofold.checkpoint
            WHERE projection = ? AND generation = ? AND partition = ?
            FOR UPDATE
            """;

    /// As [#lock], but waits while another transaction works on it; the position.
    long lockWaiting(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(AWAIT)) {
            bind(statement, 1);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? row.getLong(1) : 0;
            }
        }
    }

    private static final String MOVE =
            """
            UPDATE twofold.checkpoint
            SET position = ?, updated_at = clock_timestamp(),
              stopped_at = NULL, error = NULL, attempts = 0
            WHERE projection = ? AND generation = ? AND partition = ?
            """;

    void move(Connection connection, long position) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(MOVE)) {
            statement.setLong(1, position);
            bind(statement, 2);
            statement.executeUpdate();
        }
    }

    private static final String STOP =
            """
            UPDATE twofold.checkpoint
            SET attempts = CASE WHEN stopped_at = ? THEN attempts ELSE 0 END + 1,
              position = ? - 1, updated_at = clock_timestamp(), stopped_at = ?, error = ?
            WHERE projection = ? AND generation = ? AND partition = ?
            """;

    /// Moves to just before an event, and says why not further.
    void stop(Connection connection, EventFailure failure) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(STOP)) {
            statement.setLong(1, failure.position());
            statement.setLong(2, failure.position());
            statement.setLong(3, failure.position());
            statement.setString(4, ParkedEvents.storable(failure.diagnosis()));
            bind(statement, 5);
            statement.executeUpdate();
        }
    }

    private void bind(PreparedStatement statement, int from) throws SQLException {
        statement.setString(from, projection);
        statement.setInt(from + 1, generation);
        statement.setInt(from + 2, PARTITION);
    }
}
