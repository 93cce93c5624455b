package dev.twofold.postgres;

import dev.twofold.EventStore;
import dev.twofold.EventStoreException;
import dev.twofold.postgres.Checkpoint.Locked;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/// Takes the log into one projection, batch by batch.
///
/// Any number of processes may do this for one projection at once: each batch is done by the one
/// that locks the checkpoint's row, from the position that the row has then. The log is read
/// before, with no connection held; what was read for another position than the locked one is
/// thrown away.
///
/// Safe for use by many threads, which take turns.
final class ProjectionRunner<E> {
    private final DataSource dataSource;
    private final Projection<E> projection;
    private final LogPages<E> log;
    private final Checkpoints checkpoints;
    private final BatchSize batchSize;
    private final ReentrantLock turn = new ReentrantLock();
    private @Nullable Checkpoint checkpoint;
    private @Nullable Long position;

    ProjectionRunner(
            DataSource dataSource,
            EventStore store,
            Projection<E> projection,
            Checkpoints checkpoints,
            BatchSize batchSize) {
        this.dataSource = dataSource;
        this.projection = projection;
        this.log = new LogPages<>(store, projection.types());
        this.checkpoints = checkpoints;
        this.batchSize = batchSize;
    }

    /// Takes in one batch, if there is one and no other process is at it.
    ///
    /// @throws EventStoreException if a database is out of reach; what the batch did is then there
    ///   as a whole or not at all, and the next step goes on from it
    Step step() {
        turn.lock();
        try {
            return attempt();
        } catch (SQLException e) {
            position = null;
            throw new EventStoreException(
                    "projection \"%s\" lost its database; it goes on where it was when it is back"
                            .formatted(projection.name()),
                    e);
        } catch (RuntimeException e) {
            position = null;
            throw e;
        } finally {
            turn.unlock();
        }
    }

    private Step attempt() throws SQLException {
        Checkpoint row = checkpoint();
        Optional<Long> from = position(row);
        if (from.isEmpty()) {
            return new Step.Elsewhere();
        }
        Page<E> page = log.read(from.get(), batchSize.limit());
        if (page.upTo() == page.after() && page.failure() == null) {
            return new Step.Idle(page.after());
        }
        long start = System.nanoTime();
        try {
            Step step = take(row, page);
            batchSize.took(page.full(), Duration.ofNanos(System.nanoTime() - start));
            return step;
        } catch (SQLException | RuntimeException e) {
            if (Outage.isCauseOf(e)) {
                throw e;
            }
            return narrow(row, page, e);
        }
    }

    private Checkpoint checkpoint() throws SQLException {
        if (checkpoint == null) {
            int generation =
                    Transaction.run(
                            dataSource, connection -> Generations.newest(connection, projection));
            checkpoint = new Checkpoint(projection.name(), generation);
        }
        return checkpoint;
    }

    private Optional<Long> position(Checkpoint row) throws SQLException {
        if (position != null) {
            return Optional.of(position);
        }
        try (Connection connection = dataSource.getConnection()) {
            return row.free(connection);
        }
    }

    private Step take(Checkpoint row, Page<E> page) throws SQLException {
        Taken taken = Transaction.run(dataSource, connection -> take(connection, row, page));
        switch (taken.step) {
            case Step.Advanced(long reached, _, _) -> moved(row, taken, reached, null);
            case Step.Stopped(long reached, String reason) -> moved(row, taken, reached, reason);
            case Step.Idle _, Step.Elsewhere _ -> position = null;
        }
        return taken.step;
    }

    private void moved(Checkpoint row, Taken taken, long reached, @Nullable String stopped) {
        position = reached;
        if (taken.serving) {
            checkpoints.signal(row.projection(), new Reach(row.generation(), reached, stopped));
        }
    }

    private Taken take(Connection connection, Checkpoint row, Page<E> page) throws SQLException {
        Optional<Locked> locked = row.lock(connection);
        if (locked.isEmpty() || locked.get().position() != page.after()) {
            return new Taken(new Step.Elsewhere(), false);
        }
        Page<E> part = apply(connection, row, page);
        EventFailure failure = part.failure();
        if (failure == null) {
            row.move(connection, part.upTo());
        } else {
            row.stop(connection, failure);
        }
        Step step =
                failure == null
                        ? new Step.Advanced(part.upTo(), part.events().size(), part.full())
                        : new Step.Stopped(part.upTo(), failure.diagnosis());
        return new Taken(step, locked.get().serving());
    }

    /// Lets the page take effect, or what of it comes before the first event that fails.
    private Page<E> apply(Connection connection, Checkpoint row, Page<E> page) throws SQLException {
        Page<E> part = page;
        while (!part.events().isEmpty()) {
            try {
                projection.apply(connection, row.generation(), part.events());
                return part;
            } catch (EventFailure failure) {
                part = part.before(failure);
            }
        }
        return part;
    }

    /// Goes on one event at a time after a failure that names none, until it is clear which it is.
    private Step narrow(Checkpoint row, Page<E> page, Exception e) throws SQLException {
        if (batchSize.limit() > 1) {
            batchSize.narrow();
            return attempt();
        }
        if (page.events().isEmpty()) {
            throw new IllegalStateException(
                    "projection \"%s\" could not move its checkpoint".formatted(projection.name()),
                    e);
        }
        return take(row, page.before(new EventFailure(page.events().getFirst().position(), e)));
    }

    private record Taken(Step step, boolean serving) {}
}
