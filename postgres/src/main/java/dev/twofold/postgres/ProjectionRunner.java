package dev.twofold.postgres;

import dev.twofold.EventStore;
import dev.twofold.EventStoreException;
import dev.twofold.postgres.Checkpoint.Locked;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
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
    private static final System.Logger LOG = System.getLogger(ProjectionRunner.class.getName());

    private final DataSource dataSource;
    private final Projection<E> projection;
    private final Target target;
    private final Generations generations;
    private final LogPages<E> log;
    private final Checkpoints checkpoints;
    private final BatchSize batchSize;
    private final FailurePolicy policy;
    private final ReentrantLock turn = new ReentrantLock();
    private @Nullable Checkpoint checkpoint;
    private @Nullable Long position;
    private int compared;

    ProjectionRunner(
            DataSource dataSource,
            EventStore store,
            Projection<E> projection,
            Target target,
            Checkpoints checkpoints,
            BatchSize batchSize,
            FailurePolicy policy) {
        this.dataSource = dataSource;
        this.projection = projection;
        this.target = target;
        this.generations = new Generations(projection);
        this.log = new LogPages<>(store, projection.types());
        this.checkpoints = checkpoints;
        this.batchSize = batchSize;
        this.policy = policy;
    }

    String name() {
        return projection.name();
    }

    Generations generations() {
        return generations;
    }

    /// Takes in one batch, if there is one and no other process is at it.
    ///
    /// @throws EventStoreException if a database is out of reach; what the batch did is then there
    ///   as a whole or not at all, and the next step goes on from it
    Step step() {
        turn.lock();
        try {
            boolean remembered = checkpoint != null;
            Step step = attempt();
            return remembered && step instanceof Step.Elsewhere ? attempt() : step;
        } catch (SQLException e) {
            position = null;
            throw new EventStoreException(
                    "projection \"%s\" cannot go on now, and tries again from where it is: %s"
                            .formatted(projection.name(), e.getMessage()),
                    e);
        } catch (RuntimeException e) {
            position = null;
            throw e;
        } finally {
            turn.unlock();
        }
    }

    private Step attempt() throws SQLException {
        Optional<Checkpoint> found = checkpoint();
        Optional<Long> from = found.isEmpty() ? Optional.empty() : position(found.get());
        if (found.isEmpty() || from.isEmpty()) {
            checkpoint = null;
            return new Step.Elsewhere();
        }
        Checkpoint row = found.get();
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

    private Optional<Checkpoint> checkpoint() throws SQLException {
        if (checkpoint == null) {
            Optional<Integer> generation =
                    Transaction.run(dataSource, connection -> target.find(generations, connection));
            if (generation.isPresent()) {
                checkpoint = new Checkpoint(projection.name(), generation.get());
                compare(generation.get());
            }
        }
        return Optional.ofNullable(checkpoint);
    }

    /// Says so, once for each generation, if this process would have made the documents otherwise.
    private void compare(int generation) throws SQLException {
        if (generation == compared) {
            return;
        }
        boolean differs =
                Transaction.run(
                        dataSource,
                        connection -> generations.isOfAnotherProgram(connection, generation));
        compared = generation;
        if (differs) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "{0} revision {1} has changed since its generation {2} was begun: raise the"
                            + " revision if what it makes of events has changed, or rebuild it",
                    projection.name(),
                    projection.revision(),
                    generation);
        }
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
            case Step.Stopped(long reached, String reason) ->
                    moved(row, taken, reached, taken.lasting ? reason : null);
            case Step.Idle _, Step.Elsewhere _ -> {
                position = null;
                checkpoint = null;
            }
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
            return new Taken(new Step.Elsewhere(), false, false);
        }
        Page<E> part = apply(connection, row, locked.get(), page);
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
        boolean lasting =
                failure != null && locked.get().attemptsAt(failure) + 1 >= policy.attempts();
        return new Taken(step, locked.get().serving(), lasting);
    }

    /// Lets the page take effect, or what of it comes before the first event that stops it.
    private Page<E> apply(Connection connection, Checkpoint row, Locked locked, Page<E> page)
            throws SQLException {
        ParkedEvents parked = new ParkedEvents(row.projection(), row.generation());
        Dropped dropped = Dropped.NONE;
        Map<DocumentName, Long> waiting = Map.of();
        if (locked.anySetAside()) {
            dropped = new DroppedEvents(row.projection()).of(connection, projection.revision());
            waiting = parked.waiting(connection);
        }
        Parking parking = new Parking(waiting, dropped, policy.mostWaiting());
        Page<E> part = dropped.without(page);
        while (!part.events().isEmpty()) {
            parking.restart();
            try {
                projection.apply(connection, row.generation(), part.events(), parking);
                parking.settle();
                parked.add(connection, parking, policy);
                return part;
            } catch (EventFailure failure) {
                DocumentName document = failure.document();
                if (document == null) {
                    part = part.before(failure);
                } else if (parking.full()) {
                    part = part.before(parking.tooMany(failure, document));
                } else {
                    parking.park(document, failure);
                }
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

    /// Lets the generation serve if it is as far as the one that does; whether it is.
    boolean promote() throws SQLException {
        turn.lock();
        try {
            Optional<Checkpoint> row = checkpoint();
            if (row.isEmpty()) {
                return false;
            }
            int generation = row.get().generation();
            boolean serves =
                    Transaction.run(
                            dataSource, connection -> generations.promote(connection, generation));
            if (serves) {
                checkpoint = null;
                position = null;
            }
            return serves;
        } finally {
            turn.unlock();
        }
    }

    /// Which generation to work on, if any.
    interface Target {
        Optional<Integer> find(Generations generations, Connection connection) throws SQLException;
    }

    /// @param lasting whether it has stopped, after as many attempts as are made
    private record Taken(Step step, boolean serving, boolean lasting) {}
}
