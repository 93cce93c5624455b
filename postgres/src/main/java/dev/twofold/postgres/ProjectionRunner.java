package dev.twofold.postgres;

import dev.twofold.EventStoreException;
import dev.twofold.Recorded;
import dev.twofold.postgres.Checkpoint.Free;
import dev.twofold.postgres.Checkpoint.Locked;
import dev.twofold.postgres.FanOuts.Pending;
import dev.twofold.postgres.Reach.Standing;
import dev.twofold.postgres.Spreading.TooMany;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
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
    private final FailurePolicy policy;
    private final int number;
    private final ReentrantLock turn = new ReentrantLock();
    private @Nullable Partition partition;
    private @Nullable Long position;
    private final @Nullable FanOutWork<E> fanOuts;
    private final @Nullable CatchUp<E> catchUp;
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
        if (page.upTo() == page.after() && page.failure() == null) {
            return fanOuts != null && pending > 0
                    ? spread(row, fanOuts, effort)
                    : new Step.Idle(page.after());
        }
        CatchUp<E> joined =
                effort == Effort.FULL && catchUp != null && catchUp.begins(row, page)
                        ? catchUp
                        : null;
        if (joined == null && catchUp != null) {
            catchUp.forget();
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
                Transaction.run(dataSource, connection -> take(connection, row, page, joined));
        return moved(row, taken, page.after());
    }

    /// @param after the position after which events were taken in
    private Step moved(Partition row, Taken taken, long after) throws SQLException {
        switch (taken.step) {
            case Step.Advanced(long reached, _, _) -> {
                moved(row, taken, after, reached, null);
                spreadNext = reached > after; // a piece does not move
            }
            case Step.Stopped(long reached, String reason) ->
                    moved(row, taken, after, reached, taken.lasting ? reason : null);
            case Step.Idle _, Step.Elsewhere _ -> {
                forgetPosition();
                partition = null;
            }
        }
        return taken.step;
    }

    private void moved(
            Partition row, Taken taken, long after, long reached, @Nullable String stopped)
            throws SQLException {
        position = reached;
        pending = taken.pending.size();
        if (taken.serving) {
            tell(new ViewChanges(row.generation(), after, reached, taken.touched, taken.complete));
            Reach.Pending first =
                    pending == 0
                            ? null
                            : new Reach.Pending(
                                    taken.pending.getFirst().position(),
                                    taken.pending.getFirst().afterKey());
            checkpoints.signal(
                    projection.name(),
                    Reach.of(row, new Standing(reached, stopped, taken.anyParked, first)));
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

    /// @param joined takes in pages behind it together with it, if nothing stands in the way
    private Taken take(
            Connection connection, Partition row, Page<E> page, @Nullable CatchUp<E> joined)
            throws SQLException {
        Checkpoint checkpoint = checkpoint(row);
        Prefetch fetched = projection.prefetch(row, page.events());
        Optional<Locked> found = checkpoint.lock(connection, projection.patience(), fetched);
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
        List<Pending> before = pending(connection, row, locked);
        Optional<List<FanOut<E>>> known =
                fanOuts == null ? Optional.of(List.of()) : fanOuts.known(before);
        if (known.isEmpty()) {
            return Taken.NOTHING;
        }
        Dropped dropped = locked.anyDropped() ? dropped(connection) : Dropped.NONE;
        Parking parking = parking(connection, row, locked, dropped);
        Spreading<E> spreading = Spreading.over(known.get());
        if (joined != null && before.isEmpty() && meetAt == null) {
            Optional<CatchUp.Folded> folded =
                    joined.fold(connection, row, locked, page, parking, dropped);
            if (folded.isPresent()) {
                return write(connection, row, locked, folded.get(), joined);
            }
        }
        Page<E> wanted = dropped.without(page);
        Applied<E> applied =
                apply(
                        connection,
                        row,
                        locked,
                        meetAt == null ? wanted : wanted.upTo(meetAt),
                        parking,
                        spreading,
                        fetched);
        Page<E> part = applied.part;
        Statements writes = applied.writes;
        if (!spreading.added().isEmpty()) {
            writes.execute(connection); // whom it concerns is asked of the documents as they are
        }
        Optional<Set<String>> putOff =
                putOff(connection, row, part.events(), spreading, locked.serving());
        Set<String> touched = new HashSet<>(parking.touched(projection.name()));
        putOff.ifPresent(touched::addAll);
        List<Pending> after = new ArrayList<>(before);
        spreading.added().forEach((at, names) -> after.add(new Pending(at, names, "")));
        boolean meets = meetAt != null && part.upTo() >= meetAt;
        EventFailure failure = part.failure();
        Step step;
        if (failure == null) {
            boolean more = part.full() || meets || !after.isEmpty();
            step = new Step.Advanced(part.upTo(), part.events().size(), more);
            checkpoint.move(writes, part.upTo(), checkpoints.node(), part.events().size());
        } else {
            step = new Step.Stopped(part.upTo(), failure.diagnosis());
            checkpoint.stop(writes, failure, checkpoints.node());
        }
        writes.addCommit();
        writes.execute(connection);
        return new Taken(
                step,
                locked.serving(),
                locked.anyParked() || !parking.isEmpty(),
                failure != null && locked.attemptsAt(failure) + 1 >= policy.attempts(),
                meets,
                touched,
                row.isWhole() && putOff.isPresent(),
                after);
    }

    /// Writes what was folded of several pages.
    private Taken write(
            Connection connection,
            Partition row,
            Locked locked,
            CatchUp.Folded folded,
            CatchUp<E> joined)
            throws SQLException {
        Parking parking = folded.parking();
        joined.write(connection, row, locked, folded);
        parked(row).add(connection, parking, projection.attemptsInTurn(policy), policy);
        Statements last = new Statements();
        checkpoint(row).move(last, folded.upTo(), checkpoints.node(), folded.events());
        last.addCommit();
        last.execute(connection);
        return new Taken(
                new Step.Advanced(folded.upTo(), folded.events(), folded.full()),
                locked.serving(),
                locked.anyParked() || !parking.isEmpty(),
                false,
                false,
                parking.touched(projection.name()),
                true,
                List.of());
    }

    private List<Pending> pending(Connection connection, Partition row, Locked locked)
            throws SQLException {
        return locked.anyPending()
                ? new FanOuts(projection.name(), row).all(connection)
                : List.of();
    }

    private Parking parking(Connection connection, Partition row, Locked locked, Dropped dropped)
            throws SQLException {
        return new Parking(
                locked.anyParked() ? parked(row).waiting(connection) : Map.of(),
                dropped,
                policy.mostWaiting());
    }

    /// Writes down what of a batch has come to be pending.
    ///
    /// @return the keys of the documents that it concerns; empty if those are too many to be told
    private Optional<Set<String>> putOff(
            Connection connection,
            Partition row,
            List<Recorded<E>> events,
            Spreading<E> spreading,
            boolean serving)
            throws SQLException {
        if (fanOuts == null || spreading.added().isEmpty()) {
            return Optional.of(Set.of());
        }
        new FanOuts(projection.name(), row).add(connection, spreading.added());
        fanOuts.remember(events, spreading.added().keySet());
        return serving ? fanOuts.concerned(connection, row, spreading) : Optional.of(Set.of());
    }

    /// Folds what is pending into the next documents.
    private Step spread(Partition row, FanOutWork<E> work, Effort effort) throws SQLException {
        work.prepare(row);
        long start = System.nanoTime();
        Spread spread = new Spread();
        try {
            Taken taken =
                    Transaction.run(
                            dataSource, connection -> spread(connection, row, work, spread));
            if (taken.step instanceof Step.Advanced && spread.piece != null) {
                work.done(
                        spread.piece, Duration.ofNanos(System.nanoTime() - start), effort.batch());
            }
            return moved(row, taken, reached(taken.step));
        } catch (SQLException | RuntimeException e) {
            if (Outage.isCauseOf(e) || !work.narrow(spread.piece, e)) {
                throw e;
            }
            return spread(row, work, effort);
        }
    }

    /// The piece at hand, for when the transaction fails.
    private static final class Spread {
        private FanOutWork.@Nullable Piece piece;
    }

    private static long reached(Step step) {
        return switch (step) {
            case Step.Advanced(long position, _, _) -> position;
            case Step.Stopped(long position, _) -> position;
            case Step.Idle _, Step.Elsewhere _ -> 0;
        };
    }

    private Taken spread(Connection connection, Partition row, FanOutWork<E> work, Spread spread)
            throws SQLException {
        Checkpoint checkpoint = checkpoint(row);
        Optional<Locked> found =
                checkpoint.lock(connection, projection.patience(), Prefetch.nothing());
        if (found.isEmpty() || found.get().partitions() != row.of()) {
            return Taken.NOTHING;
        }
        Locked locked = found.get();
        List<Pending> before = pending(connection, row, locked);
        Optional<List<FanOut<E>>> known = work.known(before);
        if (before.isEmpty() || known.isEmpty()) {
            return Taken.NOTHING;
        }
        Optional<FanOutWork.Piece> next = work.next(before.getFirst(), row);
        if (next.isEmpty()) {
            return Taken.NOTHING;
        }
        FanOutWork.Piece piece = next.get();
        spread.piece = piece;
        Dropped dropped = locked.anyDropped() ? dropped(connection) : Dropped.NONE;
        Parking parking = parking(connection, row, locked, dropped);
        EventFailure failure = work.refusal(piece);
        if (failure != null) {
            failure = parkOrStop(failure, parking, locked.position());
        }
        List<Pending> after = new ArrayList<>(before);
        Statements last = new Statements();
        if (failure == null) {
            failure = spread(connection, row, work, piece, known.get(), parking, locked);
        }
        Step step;
        if (failure == null) {
            parked(row).add(connection, parking, projection.attemptsInTurn(policy), policy);
            FanOuts fanOutTable = new FanOuts(projection.name(), row);
            Pending first = after.removeFirst();
            if (piece.last()) {
                fanOutTable.end(connection, piece.position());
            } else {
                fanOutTable.move(connection, piece.position(), piece.upTo());
                after.addFirst(new Pending(first.position(), first.names(), piece.upTo()));
            }
            checkpoint.move(last, locked.position(), checkpoints.node(), 0);
            step = new Step.Advanced(locked.position(), 0, true);
        } else {
            checkpoint.stop(last, failure, checkpoints.node());
            step = new Step.Stopped(locked.position(), failure.diagnosis());
        }
        last.addCommit();
        last.execute(connection);
        return new Taken(
                step,
                locked.serving(),
                locked.anyParked() || !parking.isEmpty(),
                failure != null && locked.attemptsAt(failure) + 1 >= policy.attempts(),
                false,
                parking.touched(projection.name()),
                false,
                after);
    }

    /// Folds what is pending into a piece; why not, if one more document would have to be set aside
    /// than may.
    private @Nullable EventFailure spread(
            Connection connection,
            Partition row,
            FanOutWork<E> work,
            FanOutWork.Piece piece,
            List<FanOut<E>> known,
            Parking parking,
            Locked locked)
            throws SQLException {
        while (true) {
            parking.restart();
            try {
                work.view().spread(connection, row, known, piece.keys(), parking);
                parking.settle();
                return null;
            } catch (EventFailure failure) {
                EventFailure stop = parkOrStop(failure, parking, locked.position());
                if (stop != null) {
                    return stop;
                }
            }
        }
    }

    /// Sets a document aside for which an event does not fit that was pending; why the partition
    /// stops instead, before the event that would be the next, if no more may be set aside.
    private static @Nullable EventFailure parkOrStop(
            EventFailure failure, Parking parking, long position) {
        DocumentName document = failure.document();
        if (document == null) {
            return failure.notBefore(position + 1);
        }
        if (parking.full()) {
            return parking.tooMany(failure, document).notBefore(position + 1);
        }
        parking.park(document, failure);
        return null;
    }

    private ParkedEvents parked(Partition row) {
        return new ParkedEvents(projection.name(), row);
    }

    private Dropped dropped(Connection connection) throws SQLException {
        return new DroppedEvents(projection.name()).of(connection, projection.revision());
    }

    /// Lets the page take effect, or what of it comes before the first event that stops it.
    private Applied<E> apply(
            Connection connection,
            Partition row,
            Locked locked,
            Page<E> page,
            Parking parking,
            Spreading<E> spreading,
            Prefetch fetched)
            throws SQLException {
        Page<E> part = page;
        while (!part.events().isEmpty()) {
            parking.restart();
            spreading.restart();
            try {
                Statements writes =
                        projection.apply(
                                connection, row, part.events(), parking, spreading, fetched);
                parking.settle();
                parked(row).add(connection, parking, projection.attemptsInTurn(policy), policy);
                return new Applied<>(part, writes);
            } catch (TooMany e) {
                part = part.upTo(e.position() - 1);
            } catch (EventFailure failure) {
                DocumentName document = failure.document();
                if (document == null || isTriedInTurn(failure, locked)) {
                    part = part.before(failure);
                } else if (parking.full()) {
                    part =
                            part.before(
                                    parking.tooMany(failure, document).notBefore(page.after() + 1));
                } else {
                    parking.park(document, failure);
                }
            }
        }
        spreading.restart();
        return new Applied<>(part, new Statements());
    }

    /// Whether an event that fails is to be tried again before any other.
    private boolean isTriedInTurn(EventFailure failure, Locked locked) {
        return locked.attemptsAt(failure) + 1 < projection.attemptsInTurn(policy);
    }

    /// @param part of the page that takes effect
    /// @param writes what is left to be written of it
    private record Applied<E>(Page<E> part, Statements writes) {}

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

    /// @param meets whether it now stands where partitions meet to become more or fewer
    /// @param lasting whether it has stopped after as many attempts as are made before that is told
    /// @param touched keys of the view's documents
    /// @param complete whether these are all that the events concern
    /// @param pending what is so after it
    private record Taken(
            Step step,
            boolean serving,
            boolean anyParked,
            boolean lasting,
            boolean meets,
            Set<String> touched,
            boolean complete,
            List<Pending> pending) {
        static final Taken NOTHING =
                new Taken(
                        new Step.Elsewhere(),
                        false,
                        false,
                        false,
                        false,
                        Set.of(),
                        false,
                        List.of());
    }
}
