package dev.twofold.postgres;

import dev.twofold.postgres.Parking.Behind;
import dev.twofold.postgres.Parking.Parked;
import dev.twofold.postgres.Parking.Queued;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The stored queues of documents that wait, for one partition of a generation.
record ParkedEvents(String projection, Partition partition) {

    Checkpoint checkpoint() {
        return new Checkpoint(projection, partition.generation(), partition.number());
    }

    /// The first event of a document's queue.
    ///
    /// @param behind the document that it waits behind, if it is for that
    record First(long position, int attempts, @Nullable DocumentName behind) {}

    private static final String FIRST =
            """
            SELECT DISTINCT ON (view, key) view, key, position, attempts, behind_view, behind_key
            FROM twofold.parked_event
            WHERE projection = ? AND generation = ? AND partition = ?
            ORDER BY view, key, position
            """;

    /// The documents that wait.
    Map<DocumentName, First> first(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(FIRST)) {
            bind(statement);
            Map<DocumentName, First> documents = new HashMap<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    String view = row.getString(5);
                    DocumentName behind =
                            view == null ? null : new DocumentName(view, row.getString(6));
                    documents.put(
                            new DocumentName(row.getString(1), row.getString(2)),
                            new First(row.getLong(3), row.getInt(4), behind));
                }
            }
            return documents;
        }
    }

    /// The documents that wait, and from which position on.
    Map<DocumentName, Long> waiting(Connection connection) throws SQLException {
        return first(connection).entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, e -> e.getValue().position()));
    }

    /// The documents together with all that wait behind them.
    static Set<DocumentName> withThoseBehind(
            Set<DocumentName> documents, Map<DocumentName, First> waiting) {
        Set<DocumentName> all = new HashSet<>(documents);
        boolean more = true;
        while (more) {
            more = false;
            for (Map.Entry<DocumentName, First> each : waiting.entrySet()) {
                DocumentName behind = each.getValue().behind();
                more |= behind != null && all.contains(behind) && all.add(each.getKey());
            }
        }
        return all;
    }

    /// Adds what a batch has set aside.
    ///
    /// @param attempts that have been made at it
    void add(Connection connection, Parking parking, int attempts, FailurePolicy policy)
            throws SQLException {
        for (Parked parked : parking.failures()) {
            put(connection, parked, attempts, policy);
        }
        for (Map.Entry<DocumentName, Behind> behind : parking.behind().entrySet()) {
            put(connection, behind.getKey(), behind.getValue());
        }
        queue(connection, parking.queued());
    }

    /// Has a document wait for what it did not take in when it was folded anew, or for nothing.
    ///
    /// @param before what it waited for
    void replace(
            Connection connection,
            DocumentName document,
            @Nullable First before,
            Parking parking,
            FailurePolicy policy)
            throws SQLException {
        Behind behind = parking.behind().get(document);
        Parked parked =
                parking.failures().stream()
                        .filter(failure -> failure.document().equals(document))
                        .findFirst()
                        .orElse(null);
        if (parked != null) {
            long position = parked.failure().position();
            removeBefore(connection, document, position);
            int attempts = before == null || before.position() != position ? 0 : before.attempts();
            put(connection, parked, attempts + 1, policy);
        } else if (behind != null) {
            removeBefore(connection, document, behind.position());
            put(connection, document, behind);
        } else {
            removeBefore(connection, document, Long.MAX_VALUE);
        }
        queue(
                connection,
                parking.queued().stream()
                        .filter(queued -> queued.document().equals(document))
                        .collect(Collectors.toSet()));
    }

    private static final String PUT =
            """
            INSERT INTO twofold.parked_event
              (projection, generation, partition, view, key, position, reason, stack, attempts,
                retry_at, behind_view, behind_key)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, clock_timestamp() + ? * interval '1 ms', ?, ?)
            ON CONFLICT (projection, generation, partition, view, key, position) DO UPDATE SET
              reason = excluded.reason, stack = excluded.stack, attempts = excluded.attempts,
              retry_at = excluded.retry_at, behind_view = excluded.behind_view,
              behind_key = excluded.behind_key
            """;

    /// @param attempts that have been made
    void put(Connection connection, Parked parked, int attempts, FailurePolicy policy)
            throws SQLException {
        EventFailure failure = parked.failure();
        try (PreparedStatement statement = connection.prepareStatement(PUT)) {
            bind(statement, parked.document(), failure.position());
            statement.setString(7, storable(failure.diagnosis()));
            statement.setString(8, storable(failure.stack()));
            statement.setInt(9, attempts);
            if (attempts < policy.attempts()) {
                statement.setLong(10, policy.pauseAfter(attempts).toMillis());
            } else {
                statement.setNull(10, Types.BIGINT);
            }
            statement.setString(11, null);
            statement.setString(12, null);
            statement.executeUpdate();
        }
    }

    private void put(Connection connection, DocumentName document, Behind behind)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(PUT)) {
            bind(statement, document, behind.position());
            statement.setString(7, storable(behind.reason()));
            statement.setString(8, null);
            statement.setInt(9, 0);
            statement.setNull(10, Types.BIGINT);
            statement.setString(11, behind.lookup().view());
            statement.setString(12, behind.lookup().key());
            statement.executeUpdate();
        }
    }

    private static final String QUEUE =
            """
            INSERT INTO twofold.parked_event (projection, generation, partition, view, key, position)
            VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
            """;

    private void queue(Connection connection, Set<Queued> events) throws SQLException {
        if (events.isEmpty()) {
            return;
        }
        try (PreparedStatement statement = connection.prepareStatement(QUEUE)) {
            for (Queued queued : events) {
                bind(statement, queued.document(), queued.position());
                statement.addBatch();
            }
            statement.executeBatch();
        }
    }

    private static final String ALL =
            """
            SELECT view, key, position, reason, stack, attempts, parked_at, retry_at, r.key IS NOT NULL
            FROM twofold.parked_event
            LEFT JOIN twofold.retried_document r USING (projection, generation, partition, view, key)
            WHERE projection = ? AND generation = ? AND partition = ?
            ORDER BY view, key, position
            """;

    /// All events set aside, each document's in order.
    List<ParkedEvent> all(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(ALL)) {
            bind(statement);
            List<ParkedEvent> events = new ArrayList<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
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
                                    row.getInt(6),
                                    row.getTimestamp(7).toInstant(),
                                    instant(row.getTimestamp(8)),
                                    row.getBoolean(9)));
                }
            }
            return events;
        }
    }

    private static final String DUE =
            """
            SELECT view, key FROM twofold.parked_event
            WHERE projection = ? AND generation = ? AND partition = ? AND retry_at <= clock_timestamp() + ? * interval '1 ms'
            """;

    /// The documents that are to be tried again within a time.
    Set<DocumentName> due(Connection connection, Duration within) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(DUE)) {
            bind(statement);
            statement.setLong(4, within.toMillis());
            Set<DocumentName> documents = new HashSet<>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    documents.add(new DocumentName(rows.getString(1), rows.getString(2)));
                }
            }
            return documents;
        }
    }

    private static final String REMOVE =
            """
            DELETE FROM twofold.parked_event
            WHERE projection = ? AND generation = ? AND partition = ? AND view = ? AND key = ? AND position < ?
            """;

    private void removeBefore(Connection connection, DocumentName document, long position)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(REMOVE)) {
            bind(statement, document, position);
            statement.executeUpdate();
        }
    }

    private static final String TRY_NEXT =
            """
            UPDATE twofold.parked_event e SET retry_at = clock_timestamp()
            FROM (
              SELECT projection, generation, partition, view, key, min(position) AS position
              FROM twofold.parked_event
              WHERE projection = ? AND generation = ? AND partition = ? AND view = ? AND key = ?
              GROUP BY projection, generation, partition, view, key
              HAVING min(position) > ?
            ) AS next
            WHERE (e.projection, e.generation, e.partition, e.view, e.key, e.position)
              = (next.projection, next.generation, next.partition, next.view, next.key, next.position)
            """;

    /// Has the first event of a document be tried at once, by whichever process, if it is behind a
    /// position.
    void tryNext(Connection connection, DocumentName document, long position) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(TRY_NEXT)) {
            bind(statement, document, position);
            statement.executeUpdate();
        }
    }

    /// Ends the waiting for an event, the first of its document; the next is to be tried at once.
    void advance(Connection connection, DocumentName document, long position) throws SQLException {
        removeBefore(connection, document, position + 1);
        tryNext(connection, document, position);
    }

    private static final String DROP =
            """
            WITH dropped AS (
              DELETE FROM twofold.parked_event
              WHERE projection = ? AND generation = ? AND partition = ? AND view = ? AND key = ? AND position = ?
              RETURNING *
            )
            INSERT INTO twofold.dropped_event
              (projection, revision, view, key, position, reason, stack, because)
            SELECT projection, revision, view, key, position, reason, stack, ?
            FROM dropped JOIN twofold.projection USING (projection, generation)
            ON CONFLICT DO NOTHING
            """;

    /// Lets the event have no effect on the document, ever; tells whether it was set aside.
    boolean drop(Connection connection, DocumentName document, long position, String because)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(DROP)) {
            bind(statement, document, position);
            statement.setString(7, storable(because));
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
              reason, stack, attempts, parked_at, retry_at, behind_view, behind_key)
            SELECT projection, generation, copy, view, key, position,
              reason, stack, attempts, parked_at, retry_at, behind_view, behind_key
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

    private static @Nullable Instant instant(@Nullable Timestamp timestamp) {
        return timestamp == null ? null : timestamp.toInstant();
    }

    private void bind(PreparedStatement statement, DocumentName document, long position)
            throws SQLException {
        bind(statement);
        statement.setString(4, document.view());
        statement.setString(5, document.key());
        statement.setLong(6, position);
    }

    private void bind(PreparedStatement statement) throws SQLException {
        statement.setString(1, projection);
        statement.setInt(2, partition.generation());
        statement.setInt(3, partition.number());
    }
}
