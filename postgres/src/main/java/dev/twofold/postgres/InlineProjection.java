package dev.twofold.postgres;

import dev.twofold.EventStore;
import dev.twofold.EventStoreException;
import dev.twofold.Query;
import dev.twofold.Recorded;
import dev.twofold.RecordedEvent;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;

/// A projection that takes events in within the transaction that appends them.
///
/// It reads from the log what lies between its checkpoint and the end of the append, so it also
/// takes in what was appended without it: by a process that does not know it, or by an import.
final class InlineProjection<E> {
    private static final int PAGE = 10_000;
    private static final int ATTEMPTS = 5;
    private static final Duration PAUSE = Duration.ofMillis(10);

    private final DataSource dataSource;
    private final Projection<E> projection;
    private final Query query;
    private final ProjectionRunner<E> runner;

    InlineProjection(DataSource dataSource, EventStore store, Projection<E> projection) {
        if (projection instanceof Subscription<E>) {
            throw new IllegalArgumentException(
                    "\"%s\" is a subscription, which acts outside the database, so it cannot be part of an append"
                            .formatted(projection.name()));
        }
        this.dataSource = dataSource;
        this.projection = projection;
        this.query = Query.types(projection.types().names().toArray(String[]::new));
        this.runner =
                new ProjectionRunner<>(
                        dataSource,
                        new LogPages<>(store, projection),
                        projection,
                        Generations::live,
                        0,
                        new Checkpoints(
                                dataSource, Nodes.newName(), FailurePolicy.STANDARD.attempts()),
                        projection.batchSize(),
                        FailurePolicy.STANDARD);
    }

    Projection<E> projection() {
        return projection;
    }

    /// Where the projection stands, locked until the transaction ends.
    ///
    /// @param anySetAside whether documents of it wait for someone to look into an event, or events
    ///   have been given up
    /// @param anyPending whether another process, which does not keep it inline, has put events off
    record Standing(int generation, long position, boolean anySetAside, boolean anyPending) {}

    private static final String LOCK =
            """
            SELECT generation, position, EXISTS (
                SELECT FROM twofold.parked_event e
                WHERE e.projection = c.projection AND e.generation = c.generation)
              OR EXISTS (
                SELECT FROM twofold.dropped_event e
                WHERE e.projection = c.projection AND e.revision = p.revision),
              EXISTS (
                SELECT FROM twofold.fan_out f
                WHERE f.projection = c.projection AND f.generation = c.generation)
            FROM twofold.projection p JOIN twofold.checkpoint c USING (projection, generation)
            WHERE projection = ? AND revision = ? AND role = 'serving' AND partition = 0 AND partitions = 1
            FOR UPDATE OF c FOR SHARE OF p
            """;

    /// Empty if the projection is served by another revision than this process has.
    Optional<Standing> lock(Connection connection) throws SQLException {
        Optional<Standing> standing = tryLock(connection);
        // the generation may have been replaced while this waited for its lock
        return standing.isPresent() ? standing : tryLock(connection);
    }

    private Optional<Standing> tryLock(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(LOCK)) {
            statement.setString(1, projection.name());
            statement.setInt(2, projection.revision());
            try (ResultSet row = statement.executeQuery()) {
                return row.next()
                        ? Optional.of(
                                new Standing(
                                        row.getInt(1),
                                        row.getLong(2),
                                        row.getBoolean(3),
                                        row.getBoolean(4)))
                        : Optional.empty();
            }
        }
    }

    private static final String MOVE =
            """
            UPDATE twofold.checkpoint
            SET position = ?, updated_at = clock_timestamp(),
              stopped_at = NULL, error = NULL, attempts = 0
            WHERE projection = ? AND generation = ? AND partition = 0
            """;

    private static final String MOVE_AND_CHECK =
            MOVE
                    + """
                    ; SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED
                    """;

    /// Takes in the log up to a position.
    ///
    /// @param check whether to check constraints now that wait for the end of the transaction
    void take(Connection connection, Standing from, long upTo, boolean check)
            throws SQLException, EventFailure {
        Partition whole = new Partition(from.generation, 0, 1);
        ParkedEvents parked = new ParkedEvents(projection.name(), whole);
        Map<DocumentName, Long> waiting = Map.of();
        Dropped dropped = Dropped.NONE;
        if (from.anySetAside) {
            waiting = parked.waiting(connection);
            dropped = new DroppedEvents(projection.name()).of(connection, projection.revision());
        }
        Statements writes = new Statements();
        Parking parking = new Parking(waiting, dropped, FailurePolicy.STANDARD.mostWaiting());
        long reached = from.position;
        while (reached < upTo) {
            List<RecordedEvent> page = EventReads.read(connection, query, reached, PAGE);
            List<Recorded<E>> events = new ArrayList<>();
            for (RecordedEvent event : page) {
                if (event.position() <= upTo && !dropped.whole().contains(event.position())) {
                    projection.types().decode(event, events::add);
                }
            }
            if (!events.isEmpty()) {
                writes.execute(connection);
                parking.restart();
                writes =
                        projection.apply(
                                connection,
                                whole,
                                events,
                                parking,
                                Spreading.none(),
                                Prefetch.nothing());
                parking.settle();
            }
            reached = page.size() == PAGE ? Math.min(upTo, page.getLast().position()) : upTo;
        }
        parked.add(connection, parking, 1, FailurePolicy.STANDARD);
        writes.add(
                check ? MOVE_AND_CHECK : MOVE,
                (statement, parameter) -> {
                    statement.setLong(parameter, upTo);
                    statement.setString(parameter + 1, projection.name());
                    statement.setInt(parameter + 2, from.generation);
                    return parameter + 3;
                });
        writes.execute(connection);
    }

    /// Takes in the log to its end in transactions of its own, or leaves that to a process of the
    /// revision that serves.
    ///
    /// @throws SQLException also if an event cannot be taken in
    void catchUp() throws SQLException {
        int stops = 0;
        while (true) {
            switch (step()) {
                case Step.Advanced _ -> stops = 0;
                case Step.Idle _ -> {
                    return;
                }
                case Step.Elsewhere _ -> {
                    if (!serves()) {
                        return;
                    }
                    LockSupport.parkNanos(PAUSE.toNanos());
                }
                case Step.Stopped(long position, String reason) -> {
                    stops++;
                    if (stops == ATTEMPTS) {
                        throw new SQLException(
                                ("inline projection \"%s\" stands still after position %d, and"
                                     + " nothing can be appended until it goes on or is taken out"
                                     + " of the store: %s")
                                        .formatted(projection.name(), position, reason));
                    }
                }
            }
        }
    }

    private Step step() throws SQLException {
        try {
            return runner.step();
        } catch (EventStoreException e) {
            throw e.getCause() instanceof SQLException sql ? sql : new SQLException(e);
        }
    }

    private boolean serves() throws SQLException {
        return Transaction.run(dataSource, connection -> lock(connection).isPresent());
    }
}
