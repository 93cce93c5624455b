package dev.twofold.postgres;

import dev.twofold.EventStoreException;
import dev.twofold.postgres.Checkpoint.Locked;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/// Takes the log into one partition of a projection, batch by batch.
///
/// Any number of processes may do this for one partition at once: each batch is done by the one
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
    private final int number;
    private final ReentrantLock turn = new ReentrantLock();
    private @Nullable Partition partition;
    private @Nullable Long position;
    private int compared;
    private volatile Consumer<ViewChanges> listener = _ -> {};

    ProjectionRunner(
            DataSource dataSource,
            LogPages<E> log,
            Projection<E> projection,
            Target target,
            int number,
            Checkpoints checkpoints,
            BatchSize batchSize,
            FailurePolicy policy) {
        this.dataSource = dataSource;
        this.projection = projection;
        this.target = target;
        this.number = number;
        this.generations = new Generations(projection);
        this.log = log;
        this.checkpoints = checkpoints;
        this.batchSize = batchSize;
        this.policy = policy;
    }

    String name() {
        return projection.name();
    }

    /// The number of its partition.
    int number() {
        return number;
    }

    /// Has someone told what each batch of the serving generation has changed, after its commit.
    void onChange(Consumer<ViewChanges> newListener) {
        listener = newListener;
    }

    /// Takes in one batch, if there is one and no other process is at it.
    ///
    /// @throws EventStoreException if a database is out of reach; what the batch did is then there
    ///   as a whole or not at all, and the next step goes on from it
    Step step() {
        turn.lock();
        try {
            boolean remembered = partition != null;
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
        Optional<Partition> found = partition();
        Optional<Long> from = found.isEmpty() ? Optional.empty() : position(found.get());
        if (found.isEmpty() || from.isEmpty()) {
            partition = null;
            return new Step.Elsewhere();
        }
        Partition row = found.get();
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

    private Optional<Partition> partition() throws SQLException {
        if (partition == null) {
            Optional<Partition> found =
                    Transaction.run(
                            dataSource,
                            connection -> target.partition(generations, connection, number));
            if (found.isPresent()) {
                partition = found.get();
                position = null;
                compare(partition.generation());
            }
        }
        return Optional.ofNullable(partition);
    }

    private Checkpoint checkpoint(Partition row) {
        return new Checkpoint(projection.name(), row.generation(), row.number());
    }

    /// Says so, once for each generation, if this process would have made the documents otherwise.
    private void compare(int generation) throws SQLException {
        if (number > 0 || generation == compared) {
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

    private Optional<Long> position(Partition row) throws SQLException {
        if (position != null) {
            return Optional.of(position);
        }
        try (Connection connection = dataSource.getConnection()) {
            return checkpoint(row).free(connection);
        }
    }

    private Step take(Partition row, Page<E> page) throws SQLException {
        Taken taken = Transaction.run(dataSource, connection -> take(connection, row, page));
        switch (taken.step) {
            case Step.Advanced(long reached, _, _) -> moved(row, taken, page, reached, null);
            case Step.Stopped(long reached, String reason) ->
                    moved(row, taken, page, reached, taken.lasting ? reason : null);
            case Step.Idle _, Step.Elsewhere _ -> {
                position = null;
                partition = null;
            }
        }
        return taken.step;
    }

    private void moved(
            Partition row, Taken taken, Page<E> page, long reached, @Nullable String stopped)
            throws SQLException {
        position = reached;
        if (taken.serving) {
            tell(
                    new ViewChanges(
                            row.generation(), page.after(), reached, taken.touched, row.isWhole()));
            checkpoints.signal(projection.name(), Reach.of(row, reached, stopped, taken.anyParked));
        }
        if (taken.meets) {
            Transaction.run(
                    dataSource, connection -> generations.meet(connection, row.generation()));
        }
    }

    /// What the listener fails at is not the batch's fault.
    private void tell(ViewChanges changes) {
        try {
            listener.accept(changes);
        } catch (RuntimeException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "the listener to changes of " + projection.name() + " failed",
                    e);
        }
    }

    private Taken take(Connection connection, Partition row, Page<E> page) throws SQLException {
        Checkpoint checkpoint = checkpoint(row);
        Optional<Locked> found = checkpoint.lock(connection, projection.patience());
        if (found.isEmpty()) {
            return Taken.NOTHING;
        }
        Locked locked = found.get();
        Long meetAt = locked.meetAt();
        if (locked.partitions() != row.of()
                || locked.position() != page.after()
                || (meetAt != null && meetAt <= page.after())) {
            return Taken.NOTHING;
        }
        Dropped dropped = locked.anyDropped() ? dropped(connection) : Dropped.NONE;
        Parking parking =
                new Parking(
                        locked.anyParked() ? parked(row).waiting(connection) : Map.of(),
                        dropped,
                        policy.mostWaiting());
        Page<E> wanted = dropped.without(page);
        Page<E> part =
                apply(connection, row, meetAt == null ? wanted : wanted.upTo(meetAt), parking);
        EventFailure failure = part.failure();
        if (failure == null) {
            checkpoint.move(connection, part.upTo(), checkpoints.node(), part.events().size());
        } else {
            checkpoint.stop(connection, failure, checkpoints.node());
        }
        Step step =
                failure == null
                        ? new Step.Advanced(part.upTo(), part.events().size(), part.full())
                        : new Step.Stopped(part.upTo(), failure.diagnosis());
        return new Taken(
                step,
                locked.serving(),
                locked.anyParked() || !parking.isEmpty(),
                failure != null && locked.attemptsAt(failure) + 1 >= policy.attempts(),
                meetAt != null && part.upTo() >= meetAt,
                parking.touched(projection.name()));
    }

    private ParkedEvents parked(Partition row) {
        return new ParkedEvents(projection.name(), row);
    }

    private Dropped dropped(Connection connection) throws SQLException {
        return new DroppedEvents(projection.name()).of(connection, projection.revision());
    }

    /// Lets the page take effect, or what of it comes before the first event that stops it.
    private Page<E> apply(Connection connection, Partition row, Page<E> page, Parking parking)
            throws SQLException {
        Page<E> part = page;
        while (!part.events().isEmpty()) {
            parking.restart();
            try {
                projection.apply(connection, row, part.events(), parking);
                parking.settle();
                parked(row).add(connection, parking, policy);
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
    private Step narrow(Partition row, Page<E> page, Exception e) throws SQLException {
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

    /// Asks anew which generation it works on at the next step.
    void forget() {
        turn.lock();
        try {
            partition = null;
            position = null;
        } finally {
            turn.unlock();
        }
    }

    /// Which generation to work on, if any.
    interface Target {
        Optional<Integer> find(Generations generations, Connection connection) throws SQLException;

        default Optional<Partition> partition(
                Generations generations, Connection connection, int number) throws SQLException {
            Optional<Integer> generation = find(generations, connection);
            if (generation.isEmpty()) {
                return Optional.empty();
            }
            int of = generations.partitions(connection, generation.get());
            return number < of
                    ? Optional.of(new Partition(generation.get(), number, of))
                    : Optional.empty();
        }
    }

    /// @param meets whether it now stands where partitions meet to become more or fewer
    /// @param lasting whether it has stopped after as many attempts as are made before that is told
    /// @param touched keys of the view's documents
    private record Taken(
            Step step,
            boolean serving,
            boolean anyParked,
            boolean lasting,
            boolean meets,
            Set<String> touched) {
        static final Taken NOTHING =
                new Taken(new Step.Elsewhere(), false, false, false, false, Set.of());
    }
}
