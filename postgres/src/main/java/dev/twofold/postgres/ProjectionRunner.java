package dev.twofold.postgres;

import dev.twofold.EventStoreException;
import dev.twofold.postgres.Checkpoint.Free;
import dev.twofold.postgres.PartitionTransaction.Taken;
import dev.twofold.postgres.Reach.Standing;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
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
/// While events are pending that concern more documents than a batch changes, batches take turns
/// with pieces of these documents, so that neither waits for the other.
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
    private final int number;
    private final ReentrantLock turn = new ReentrantLock();
    private @Nullable Partition partition;
    private @Nullable Long position;
    private final @Nullable FanOutWork<E> fanOuts;
    private final @Nullable CatchUp<E> catchUp;
    private final FailurePolicy policy;
    private int pending;
    private boolean spreadNext;
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
        if (projection instanceof ViewProjection<E, ?> view) {
            this.fanOuts = new FanOutWork<>(dataSource, view, log);
            this.catchUp = new CatchUp<>(view, log, batchSize, policy.mostWaiting());
        } else {
            this.fanOuts = null;
            this.catchUp = null;
        }
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
        return step(Effort.FULL);
    }

    /// As [#step], with little effort. A partition that another process has moved is left to it at
    /// this step, so that rests of the one are not filled with work of the other.
    Step stepGently() {
        return step(Effort.GENTLE);
    }

    private Step step(Effort effort) {
        turn.lock();
        try {
            boolean again = partition != null && effort == Effort.FULL;
            Step step = attempt(effort);
            return again && step instanceof Step.Elsewhere ? attempt(effort) : step;
        } catch (SQLException e) {
            forgetPosition();
            throw new EventStoreException(
                    "projection \"%s\" cannot go on now, and tries again from where it is: %s"
                            .formatted(projection.name(), e.getMessage()),
                    e);
        } catch (RuntimeException e) {
            forgetPosition();
            throw e;
        } finally {
            turn.unlock();
        }
    }

    private void forgetPosition() {
        position = null;
        if (fanOuts != null) {
            fanOuts.forget();
        }
        if (catchUp != null) {
            catchUp.forget();
        }
    }

    private Step attempt(Effort effort) throws SQLException {
        Optional<Partition> found = partition();
        Optional<Long> from = found.isEmpty() ? Optional.empty() : position(found.get());
        if (found.isEmpty() || from.isEmpty()) {
            partition = null;
            return new Step.Elsewhere();
        }
        Partition row = found.get();
        if (fanOuts != null && (pending >= Spreading.MOST || (pending > 0 && spreadNext))) {
            return spread(row, fanOuts, effort);
        }
        Page<E> page = page(from.get(), effort);
        CatchUp<E> joined = joined(row, page, effort);
        if (page.upTo() == page.after() && page.failure() == null) {
            return fanOuts != null && pending > 0
                    ? spread(row, fanOuts, effort)
                    : new Step.Idle(page.after());
        }
        long start = System.nanoTime();
        try {
            Step step = take(row, page, joined);
            if (joined == null) {
                batchSize.took(
                        page.full(), Duration.ofNanos(System.nanoTime() - start), effort.batch());
            }
            batchSize.joined(step instanceof Step.Advanced(_, _, boolean more) && more);
            return step;
        } catch (SQLException | RuntimeException e) {
            if (Outage.isCauseOf(e)) {
                throw e;
            }
            if (joined != null && joined.failed()) {
                return attempt(effort);
            }
            return narrow(row, page, e, effort);
        }
    }

    /// What takes in the pages behind a page with it; null if the page is taken in by itself, or is
    /// the end of the log, so that nothing is kept for those.
    private @Nullable CatchUp<E> joined(Partition row, Page<E> page, Effort effort) {
        if (catchUp == null) {
            return null;
        }
        if (effort == Effort.FULL && catchUp.begins(row, page)) {
            return catchUp;
        }
        catchUp.forget();
        return null;
    }

    private Page<E> page(long after, Effort effort) {
        Page<E> folded = catchUp == null ? null : catchUp.ahead(after);
        if (folded != null) {
            return folded;
        }
        return log.read(after, batchSize.limit(), effort.readsAhead());
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
            Optional<Free> free = checkpoint(row).free(connection);
            pending = free.isPresent() && free.get().anyPending() ? 1 : 0;
            spreadNext = pending > 0; // what is pending is read then
            return free.map(Free::position);
        }
    }

    private Step take(Partition row, Page<E> page, @Nullable CatchUp<E> joined)
            throws SQLException {
        Taken taken =
                Transaction.run(dataSource, connection -> on(connection, row).take(page, joined));
        return moved(row, taken, page.after());
    }

    private PartitionTransaction<E> on(Connection connection, Partition row) {
        return new PartitionTransaction<>(
                projection, fanOuts, checkpoints.node(), policy, connection, row);
    }

    /// @param after the position after which events were taken in
    private Step moved(Partition row, Taken taken, long after) throws SQLException {
        switch (taken.step()) {
            case Step.Advanced(long reached, _, _) -> {
                moved(row, taken, after, reached, null);
                spreadNext = reached > after; // a piece does not move
            }
            case Step.Stopped(long reached, String reason) ->
                    moved(row, taken, after, reached, taken.lasting() ? reason : null);
            case Step.Idle _, Step.Elsewhere _ -> {
                forgetPosition();
                partition = null;
            }
        }
        return taken.step();
    }

    private void moved(
            Partition row, Taken taken, long after, long reached, @Nullable String stopped)
            throws SQLException {
        position = reached;
        pending = taken.pending().size();
        if (taken.serving()) {
            tell(
                    new ViewChanges(
                            row.generation(), after, reached, taken.touched(), taken.complete()));
            Reach.Pending first =
                    pending == 0
                            ? null
                            : new Reach.Pending(
                                    taken.pending().getFirst().position(),
                                    taken.pending().getFirst().afterKey());
            checkpoints.signal(
                    projection.name(),
                    Reach.of(row, new Standing(reached, stopped, taken.anyParked(), first)));
        }
        if (taken.meets()) {
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

    /// Folds what is pending into the next documents.
    private Step spread(Partition row, FanOutWork<E> work, Effort effort) throws SQLException {
        work.prepare(row);
        long start = System.nanoTime();
        try {
            Taken taken =
                    Transaction.run(dataSource, connection -> on(connection, row).spread(work));
            if (taken.step() instanceof Step.Advanced) {
                work.done(Duration.ofNanos(System.nanoTime() - start), effort.batch());
            }
            return moved(row, taken, reached(taken.step()));
        } catch (SQLException | RuntimeException e) {
            if (Outage.isCauseOf(e) || !work.narrow(e)) {
                throw e;
            }
            return spread(row, work, effort);
        }
    }

    private static long reached(Step step) {
        return switch (step) {
            case Step.Advanced(long position, _, _) -> position;
            case Step.Stopped(long position, _) -> position;
            case Step.Idle _, Step.Elsewhere _ -> 0;
        };
    }

    /// Goes on one event at a time after a failure that names none, until it is clear which it is.
    private Step narrow(Partition row, Page<E> page, Exception e, Effort effort)
            throws SQLException {
        if (batchSize.limit() > 1) {
            batchSize.narrow();
            return attempt(effort);
        }
        if (page.events().isEmpty()) {
            throw new IllegalStateException(
                    "projection \"%s\" could not move its checkpoint".formatted(projection.name()),
                    e);
        }
        return take(
                row, page.before(new EventFailure(page.events().getFirst().position(), e)), null);
    }

    /// Asks anew which generation it works on at the next step.
    void forget() {
        turn.lock();
        try {
            partition = null;
            forgetPosition();
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
}
