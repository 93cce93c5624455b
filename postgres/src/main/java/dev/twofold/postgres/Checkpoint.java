package dev.twofold.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The row that says how far one partition of a generation of a projection has come.
record Checkpoint(String projection, int generation, int partition) {

    /// What the row said when it was locked.
    ///
    /// @param partitions that the generation has
    /// @param meetAt a position beyond which it must not go; null if there is none
    /// @param changedBy the transaction that was the last to change the row, as are all that change
    ///   documents
    /// @param transaction the one that has locked the row
    record Locked(
            long position,
            boolean serving,
            int partitions,
            @Nullable Long meetAt,
            long stoppedAt,
            int attempts,
            boolean anyParked,
            boolean anyDropped,
            boolean anyPending,
            String changedBy,
            String transaction) {

        /// How often the event has been tried before.
        int attemptsAt(EventFailure failure) {
            return stoppedAt == failure.position() ? attempts : 0;
        }
    }

    /// @param anyPending whether events are pending in the partition
    record Free(long position, boolean anyPending) {}

    private static final String FREE =
            """
            SELECT position,
              EXISTS (SELECT FROM twofold.fan_out f
                WHERE f.projection = checkpoint.projection AND f.generation = checkpoint.generation
                  AND f.partition = checkpoint.partition)
            FROM twofold.checkpoint JOIN twofold.projection USING (projection, generation)
            WHERE projection = ? AND generation = ? AND partition = ? AND role <> 'retired'
            FOR UPDATE OF checkpoint SKIP LOCKED
            """;

    /// The position if nobody is at work on the partition, and work on it is still wanted.
    Optional<Free> free(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(FREE)) {
            bind(statement, 1);
            try (ResultSet row = statement.executeQuery()) {
                return row.next()
                        ? Optional.of(new Free(row.getLong(1), row.getBoolean(2)))
                        : Optional.empty();
            }
        }
    }

    private static final String CREATE =
            """
            INSERT INTO twofold.checkpoint (projection, generation, partition, position)
            VALUES (?, ?, ?, ?)
            """;

    void create(Connection connection, long position) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(CREATE)) {
            bind(statement, 1);
            statement.setLong(4, position);
            statement.executeUpdate();
        }
    }

    /// The transaction need not be on disk when it is acknowledged: should the server forget it,
    /// the checkpoint goes with what it stands for. A process that is suspended inside it, or whose
    /// machine is gone, loses it.
    private static final String LOCK =
            """
            SELECT position, role = 'serving', partitions, meet_at, coalesce(stopped_at, 0), attempts,
              EXISTS (SELECT FROM twofold.parked_event e
                WHERE e.projection = checkpoint.projection AND e.generation = checkpoint.generation
                  AND e.partition = checkpoint.partition),
              EXISTS (SELECT FROM twofold.dropped_event e
                WHERE e.projection = checkpoint.projection AND e.revision = projection.revision),
              EXISTS (SELECT FROM twofold.fan_out f
                WHERE f.projection = checkpoint.projection AND f.generation = checkpoint.generation
                  AND f.partition = checkpoint.partition),
              checkpoint.xmin::text, pg_current_xact_id()::xid::text,
              set_config('synchronous_commit', 'off', true),
              set_config('idle_in_transaction_session_timeout', ?, true),
              set_config('client_connection_check_interval', '1s', true),
              set_config('tcp_keepalives_idle', '2', true),
              set_config('tcp_keepalives_interval', '1', true),
              set_config('tcp_keepalives_count', '3', true)
            FROM twofold.checkpoint JOIN twofold.projection USING (projection, generation)
            WHERE projection = ? AND generation = ? AND partition = ? AND role <> 'retired'
            FOR UPDATE OF checkpoint SKIP LOCKED
            """;

    /// Makes the transaction the only one that works on the partition; empty if another one does,
    /// or if the generation is retired.
    ///
    /// @param patience how long the transaction may do nothing before it loses the lock
    /// @param prefetch is read in the same round trip
    Optional<Locked> lock(Connection connection, Duration patience, Prefetch prefetch)
            throws SQLException {
        String sql = prefetch.isEmpty() ? LOCK : LOCK + ";\n" + prefetch.sql();
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, "%dms".formatted(patience.toMillis()));
            bind(statement, 2);
            prefetch.bind(statement, 5);
            statement.execute();
            Optional<Locked> locked;
            try (ResultSet row = statement.getResultSet()) {
                locked = row.next() ? Optional.of(locked(row)) : Optional.empty();
            }
            if (locked.isPresent() && statement.getMoreResults()) {
                try (ResultSet rows = statement.getResultSet()) {
                    prefetch.receive(rows);
                }
            }
            return locked;
        }
    }

    private static Locked locked(ResultSet row) throws SQLException {
        return new Locked(
                row.getLong(1),
                row.getBoolean(2),
                row.getInt(3),
                row.getObject(4, Long.class),
                row.getLong(5),
                row.getInt(6),
                row.getBoolean(7),
                row.getBoolean(8),
                row.getBoolean(9),
                row.getString(10),
                row.getString(11));
    }

    private static final String POSITION =
            """
            SELECT position FROM twofold.checkpoint
            WHERE projection = ? AND generation = ? AND partition = ?
            """;

    /// The position as it is now; empty if there is no such partition.
    Optional<Long> position(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(POSITION)) {
            bind(statement, 1);
            return position(statement);
        }
    }

    private static final String AWAIT =
            """
            UPDATE twofold.checkpoint SET position = position
            WHERE projection = ? AND generation = ? AND partition = ?
            RETURNING position, set_config('idle_in_transaction_session_timeout', ?, true)
            """;

    /// As [#lock], but waits while another transaction works on it; the position.
    ///
    /// The row is changed, so that whoever has locked it before and does so again can tell.
    ///
    /// @param patience how long the transaction may do nothing before it loses the lock
    Optional<Long> lockWaiting(Connection connection, Duration patience) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(AWAIT)) {
            int next = bind(statement, 1);
            statement.setString(next, "%dms".formatted(patience.toMillis()));
            return position(statement);
        }
    }

    private static Optional<Long> position(PreparedStatement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery()) {
            return row.next() ? Optional.of(row.getLong(1)) : Optional.empty();
        }
    }

    /// The rate weighs each second by how long ago it was, with a mean of ten.
    private static final String MOVE =
            """
            UPDATE twofold.checkpoint AS c
            SET position = moved.position, updated_at = moved.at,
              stopped_at = NULL, error = NULL, attempts = 0, node = ?, batch = ?,
              rate = c.rate + (1 - exp(-moved.seconds / 10))
                * ((moved.position - c.position) / moved.seconds - c.rate)
            FROM (
              SELECT projection, generation, partition, ?::bigint AS position,
                clock_timestamp() AS at,
                greatest(0.001, extract(epoch FROM clock_timestamp() - updated_at))::float8 AS seconds
              FROM twofold.checkpoint
              WHERE projection = ? AND generation = ? AND partition = ?
            ) AS moved
            WHERE c.projection = moved.projection AND c.generation = moved.generation
              AND c.partition = moved.partition
            """;

    /// @param node that took in the batch of so many events
    void move(Statements statements, long position, String node, int batch) {
        statements.add(
                MOVE,
                (statement, from) -> {
                    statement.setString(from, node);
                    statement.setInt(from + 1, batch);
                    statement.setLong(from + 2, position);
                    return bind(statement, from + 3);
                });
    }

    private static final String STOP =
            """
            UPDATE twofold.checkpoint
            SET attempts = CASE WHEN stopped_at = ? THEN attempts ELSE 0 END + 1,
              position = ? - 1, updated_at = clock_timestamp(), stopped_at = ?, error = ?, node = ?
            WHERE projection = ? AND generation = ? AND partition = ?
            """;

    /// Moves to just before an event, and says why not further.
    void stop(Statements statements, EventFailure failure, String node) {
        statements.add(
                STOP,
                (statement, from) -> {
                    statement.setLong(from, failure.position());
                    statement.setLong(from + 1, failure.position());
                    statement.setLong(from + 2, failure.position());
                    statement.setString(from + 3, ParkedEvents.storable(failure.diagnosis()));
                    statement.setString(from + 4, node);
                    return bind(statement, from + 5);
                });
    }

    /// @return the number of the parameter behind
    private int bind(PreparedStatement statement, int from) throws SQLException {
        statement.setString(from, projection);
        statement.setInt(from + 1, generation);
        statement.setInt(from + 2, partition);
        return from + 3;
    }
}
