package dev.twofold.postgres;

import dev.twofold.Recorded;
import dev.twofold.postgres.Checkpoint.Locked;
import dev.twofold.postgres.FanOuts.Pending;
import dev.twofold.postgres.Spreading.TooMany;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What one transaction does to a partition of a projection, once it has locked the checkpoint's
/// row: it takes in a page of the log, or folds what is pending into a piece of the documents.
///
/// It does nothing if the row is not as what it was read for: then another process is at it.
///
/// For one use, by one thread.
final class PartitionTransaction<E> {
    private final Projection<E> projection;
    private final @Nullable FanOutWork<E> fanOuts;
    private final String node;
    private final FailurePolicy policy;
    private final Connection connection;
    private final Partition row;

    /// @param fanOuts null if events of the projection concern only what they name
    PartitionTransaction(
            Projection<E> projection,
            @Nullable FanOutWork<E> fanOuts,
            String node,
            FailurePolicy policy,
            Connection connection,
            Partition row) {
        this.projection = projection;
        this.fanOuts = fanOuts;
        this.node = node;
        this.policy = policy;
        this.connection = connection;
        this.row = row;
    }

    /// What has come of a transaction.
    ///
    /// @param meets whether it now stands where partitions meet to become more or fewer
    /// @param lasting whether it has stopped after as many attempts as are made before that is told
    /// @param touched keys of the view's documents
    /// @param complete whether these are all that the events concern
    /// @param pending what is so after it
    record Taken(
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

    /// Takes in a page, or what of it comes before an event that stops it.
    ///
    /// @param joined takes in pages behind it together with it, if nothing stands in the way
    Taken take(Page<E> page, @Nullable CatchUp<E> joined) throws SQLException {
        Prefetch fetched = projection.prefetch(row, page.events());
        Optional<Locked> found = checkpoint().lock(connection, projection.patience(), fetched);
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
        List<Pending> before = pending(locked);
        Optional<List<FanOut<E>>> known =
                fanOuts == null ? Optional.of(List.of()) : fanOuts.known(before);
        if (known.isEmpty()) {
            return Taken.NOTHING;
        }
        Dropped dropped = dropped(locked);
        Parking parking = parking(locked, dropped);
        Spreading<E> spreading = Spreading.over(known.get());
        if (joined != null && before.isEmpty() && meetAt == null) {
            Optional<CatchUp.Folded> folded =
                    joined.fold(connection, row, locked, page, parking, dropped);
            if (folded.isPresent()) {
                return write(locked, folded.get(), joined);
            }
        }
        Page<E> wanted = dropped.without(page);
        Page<E> allowed = meetAt == null ? wanted : wanted.upTo(meetAt);
        return take(locked, allowed, parking, spreading, before, fetched);
    }

    private Taken take(
            Locked locked,
            Page<E> page,
            Parking parking,
            Spreading<E> spreading,
            List<Pending> before,
            Prefetch fetched)
            throws SQLException {
        Checkpoint checkpoint = checkpoint();
        Long meetAt = locked.meetAt();
        Applied<E> applied = apply(locked, page, parking, spreading, fetched);
        Page<E> part = applied.part;
        Statements writes = applied.writes;
        if (!spreading.added().isEmpty()) {
            writes.execute(connection); // whom it concerns is asked of the documents as they are
        }
        Optional<Set<String>> putOff = putOff(part.events(), spreading, locked.serving());
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
            checkpoint.move(writes, part.upTo(), node, part.events().size());
        } else {
            step = new Step.Stopped(part.upTo(), failure.diagnosis());
            checkpoint.stop(writes, failure, node);
        }
        writes.addCommit();
        writes.execute(connection);
        return new Taken(
                step,
                locked.serving(),
                locked.anyParked() || !parking.isEmpty(),
                isLasting(failure, locked),
                meets,
                touched,
                row.isWhole() && putOff.isPresent(),
                after);
    }

    /// Writes what was folded of several pages.
    private Taken write(Locked locked, CatchUp.Folded folded, CatchUp<E> joined)
            throws SQLException {
        Parking parking = folded.parking();
        joined.write(connection, row, locked, folded);
        setAside(parking);
        Statements last = new Statements();
        checkpoint().move(last, folded.upTo(), node, folded.events());
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

    private List<Pending> pending(Locked locked) throws SQLException {
        return locked.anyPending()
                ? new FanOuts(projection.name(), row).all(connection)
                : List.of();
    }

    private Parking parking(Locked locked, Dropped dropped) throws SQLException {
        return new Parking(
                locked.anyParked() ? parked().waiting(connection) : Map.of(),
                dropped,
                policy.mostWaiting());
    }

    /// Writes down what of a batch has come to be pending.
    ///
    /// @return the keys of the documents that it concerns; empty if those are too many to be told
    private Optional<Set<String>> putOff(
            List<Recorded<E>> events, Spreading<E> spreading, boolean serving) throws SQLException {
        if (fanOuts == null || spreading.added().isEmpty()) {
            return Optional.of(Set.of());
        }
        new FanOuts(projection.name(), row).add(connection, spreading.added());
        fanOuts.remember(events, spreading.added().keySet());
        return serving ? fanOuts.concerned(connection, row, spreading) : Optional.of(Set.of());
    }

    /// Folds what is pending into the next piece of the documents.
    Taken spread(FanOutWork<E> work) throws SQLException {
        Checkpoint checkpoint = checkpoint();
        Optional<Locked> found =
                checkpoint.lock(connection, projection.patience(), Prefetch.nothing());
        if (found.isEmpty() || found.get().partitions() != row.of()) {
            return Taken.NOTHING;
        }
        Locked locked = found.get();
        List<Pending> before = pending(locked);
        Optional<List<FanOut<E>>> known = work.known(before);
        if (before.isEmpty() || known.isEmpty()) {
            return Taken.NOTHING;
        }
        Optional<FanOutWork.Piece> next = work.next(before.getFirst(), row);
        if (next.isEmpty()) {
            return Taken.NOTHING;
        }
        FanOutWork.Piece piece = next.get();
        Dropped dropped = dropped(locked);
        Parking parking = parking(locked, dropped);
        EventFailure failure = work.refusal(piece);
        if (failure != null) {
            failure = parkOrStop(failure, parking, locked.position());
        }
        List<Pending> after = new ArrayList<>(before);
        Statements last = new Statements();
        if (failure == null) {
            failure = spread(work, piece, known.get(), parking, locked);
        }
        Step step;
        if (failure == null) {
            setAside(parking);
            FanOuts fanOutTable = new FanOuts(projection.name(), row);
            Pending first = after.removeFirst();
            if (piece.last()) {
                fanOutTable.end(connection, piece.position());
            } else {
                fanOutTable.move(connection, piece.position(), piece.upTo());
                after.addFirst(new Pending(first.position(), first.names(), piece.upTo()));
            }
            checkpoint.move(last, locked.position(), node, 0);
            step = new Step.Advanced(locked.position(), 0, true);
        } else {
            checkpoint.stop(last, failure, node);
            step = new Step.Stopped(locked.position(), failure.diagnosis());
        }
        last.addCommit();
        last.execute(connection);
        return new Taken(
                step,
                locked.serving(),
                locked.anyParked() || !parking.isEmpty(),
                isLasting(failure, locked),
                false,
                parking.touched(projection.name()),
                false,
                after);
    }

    /// Folds what is pending into a piece; why not, if one more document would have to be set aside
    /// than may.
    private @Nullable EventFailure spread(
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

    private Checkpoint checkpoint() {
        return new Checkpoint(projection.name(), row.generation(), row.number());
    }

    /// Writes down what does not fit, and what waits behind it.
    private void setAside(Parking parking) throws SQLException {
        parked().add(connection, parking, projection.attemptsInTurn(policy), policy);
    }

    private ParkedEvents parked() {
        return new ParkedEvents(projection.name(), row);
    }

    private Dropped dropped(Locked locked) throws SQLException {
        return locked.anyDropped()
                ? new DroppedEvents(projection.name()).of(connection, projection.revision())
                : Dropped.NONE;
    }

    /// Lets the page take effect, or what of it comes before the first event that stops it.
    private Applied<E> apply(
            Locked locked, Page<E> page, Parking parking, Spreading<E> spreading, Prefetch fetched)
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
                setAside(parking);
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

    /// Whether it is told that the partition has stopped.
    private boolean isLasting(@Nullable EventFailure failure, Locked locked) {
        return failure != null && locked.attemptsAt(failure) + 1 >= policy.attempts();
    }

    /// Whether an event that fails is to be tried again before any other.
    private boolean isTriedInTurn(EventFailure failure, Locked locked) {
        return locked.attemptsAt(failure) + 1 < projection.attemptsInTurn(policy);
    }

    /// @param part of the page that takes effect
    /// @param writes what is left to be written of it
    private record Applied<E>(Page<E> part, Statements writes) {}
}
