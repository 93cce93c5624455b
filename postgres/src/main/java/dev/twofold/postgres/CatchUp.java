package dev.twofold.postgres;

import dev.twofold.Documents;
import dev.twofold.Recorded;
import dev.twofold.postgres.Checkpoint.Locked;
import dev.twofold.postgres.Spreading.TooMany;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Takes page after page of the log into the documents of one partition of a view within one
/// transaction, which writes each document once, however many events of these pages touch it.
///
/// While the documents of one transaction are written, the pages behind it are folded already, into
/// these documents as they are in memory and others that are loaded over the same connection. The
/// next transaction writes what has come of that, if it finds that no other one has changed the
/// checkpoint's row since. Whatever changes documents does change that row.
///
/// What is kept in memory is bounded, and so is the time, see [BatchSize].
///
/// Partitions of a generation go without: they share what they read of the log as long as they are
/// at about the same place.
///
/// The transaction has a connection while the next page is read over another one. So that they do
/// not wait for each other where connections are few, it goes without a page that is not there
/// soon, and does not try again for a while.
///
/// Not safe for use by many threads.
final class CatchUp<E> {
    private static final System.Logger LOG = System.getLogger(CatchUp.class.getName());
    private static final Duration PATIENCE = Duration.ofMillis(250);

    private final ViewProjection<E, ?> view;
    private final LogPages<E> log;
    private final BatchSize batchSize;
    private final int mostWaiting;
    private long apartUpTo;
    private long reached;
    private boolean late;
    private @Nullable Ahead<E> ahead;

    /// @param mostWaiting how many documents may be set aside
    CatchUp(ViewProjection<E, ?> view, LogPages<E> log, BatchSize batchSize, int mostWaiting) {
        this.view = view;
        this.log = log;
        this.batchSize = batchSize;
        this.mostWaiting = mostWaiting;
    }

    /// What has been folded, and is to be written.
    ///
    /// @param events how many
    /// @param full whether the log may have more after it
    record Folded(long upTo, int events, boolean full, UnitOfWork work, Parking parking) {}

    /// Pages that are folded together.
    private static final class Pages<E> {
        private final UnitOfWork work;
        private final Parking parking;
        private @Nullable Page<E> first;
        private long upTo;
        private int events;
        private boolean full = true;

        Pages(UnitOfWork work, Parking parking) {
            this.work = work;
            this.parking = parking;
        }

        void add(Page<E> page, Page<E> wanted) {
            first = first == null ? page : first;
            upTo = page.upTo();
            events += wanted.events().size();
            full = page.full();
            work.read(page.length());
        }
    }

    /// Pages that were folded ahead of the transaction that is to write them.
    ///
    /// @param after the position after which they are
    /// @param transaction the one that has left the documents as they were folded into
    private record Ahead<E>(long after, String transaction, Pages<E> pages) {

        boolean fits(Locked locked) {
            return locked.position() == after
                    && locked.changedBy().equals(transaction)
                    && mayBegin(locked);
        }

        /// Whether nothing keeps events from taking effect.
        static boolean mayBegin(Locked locked) {
            return !locked.anyParked() && !locked.anyDropped() && !locked.anyPending();
        }
    }

    /// The first of the pages after a position that have been folded ahead; null if there are none.
    @Nullable Page<E> ahead(long after) {
        return ahead != null && ahead.after == after ? ahead.pages.first : null;
    }

    /// Gives up what has been folded ahead.
    void forget() {
        ahead = null;
        batchSize.memory().leave(this);
    }

    /// Whether there is more to be caught up with than a page.
    boolean begins(Partition partition, Page<E> first) {
        reached = 0;
        return partition.isWhole()
                && first.full()
                && first.failure() == null
                && first.after() >= apartUpTo
                && !batchSize.joining().isZero();
    }

    /// Folds a page and those behind it, up to one that something keeps from taking effect; empty
    /// if that is the first.
    Optional<Folded> fold(
            Connection connection,
            Partition partition,
            Locked locked,
            Page<E> first,
            Parking parking,
            Dropped dropped)
            throws SQLException {
        Pages<E> pages =
                ahead != null && ahead.fits(locked)
                        ? ahead.pages
                        : new Pages<>(new UnitOfWork(), parking);
        ahead = null;
        late = false;
        long begin = System.nanoTime();
        BooleanSupplier goesOn = () -> since(begin).compareTo(batchSize.joining()) < 0;
        Page<E> next = pages.first == null ? first : following(pages, goesOn);
        fold(connection, partition, pages, next, dropped, UnaryOperator.identity(), goesOn);
        if (late) {
            batchSize.apart();
        }
        reached = pages.upTo;
        return pages.first == null
                ? Optional.empty()
                : Optional.of(
                        new Folded(
                                pages.upTo, pages.events, pages.full, pages.work, pages.parking));
    }

    private void fold(
            Connection connection,
            Partition partition,
            Pages<E> pages,
            @Nullable Page<E> first,
            Dropped dropped,
            UnaryOperator<Documents> loading,
            BooleanSupplier goesOn)
            throws SQLException {
        @Nullable Page<E> next = first;
        while (next != null) {
            long begin = System.nanoTime();
            Page<E> page = dropped.without(next);
            if (page.failure() != null
                    || !fold(connection, partition, page.events(), pages, loading)) {
                return;
            }
            pages.add(next, page);
            batchSize.took(page.full(), since(begin), Effort.FULL.batch());
            next = following(pages, goesOn);
        }
    }

    /// The page behind others, if they have not become enough.
    private @Nullable Page<E> following(Pages<E> pages, BooleanSupplier goesOn) {
        return pages.full && pages.work.length() < share() && goesOn.getAsBoolean()
                ? following(pages.upTo)
                : null;
    }

    private long share() {
        return batchSize.memory().share(this);
    }

    private static Duration since(long begin) {
        return Duration.ofNanos(System.nanoTime() - begin);
    }

    private @Nullable Page<E> following(long after) {
        try {
            return log.soon(after, batchSize.limit(), PATIENCE).orElse(null);
        } catch (TimeoutException e) {
            late = true;
            return null;
        }
    }

    /// Whether all of it took effect; nothing did otherwise.
    private boolean fold(
            Connection connection,
            Partition partition,
            List<Recorded<E>> events,
            Pages<E> pages,
            UnaryOperator<Documents> loading)
            throws SQLException {
        try {
            pages.parking.restart();
            view.fold(connection, partition, events, pages.parking, pages.work, loading);
            pages.parking.settle();
            return true;
        } catch (TooMany | EventFailure e) {
            pages.parking.restart();
            return false; // the transaction that begins there sees to it
        }
    }

    /// Writes what was folded, and folds what comes next meanwhile.
    void write(Connection connection, Partition partition, Locked locked, Folded folded)
            throws SQLException {
        try (Writing writing = new Writing(connection)) {
            long kept = view.write(partition, folded.work, writing);
            if (folded.full && kept < share() && Ahead.mayBegin(locked)) {
                Pages<E> pages = foldAhead(connection, partition, folded, writing);
                ahead = new Ahead<>(folded.upTo, locked.transaction(), pages);
            }
            writing.await();
        } catch (EventFailure e) {
            throw new IllegalStateException(e); // and the pages are taken in one by one
        }
    }

    private Pages<E> foldAhead(
            Connection connection, Partition partition, Folded folded, Writing writing)
            throws SQLException {
        Parking none = new Parking(Map.of(), Dropped.NONE, mostWaiting);
        folded.work.carryOver();
        Pages<E> pages = new Pages<>(folded.work, none);
        @Nullable Page<E> next = following(folded.upTo);
        BooleanSupplier goesOn = () -> !writing.isDone();
        try {
            fold(connection, partition, pages, next, Dropped.NONE, writing::between, goesOn);
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.DEBUG, "the transaction that begins there will say so", e);
        }
        return pages;
    }

    /// The transaction has failed. Has the pages that were folded in it taken in one by one, as it
    /// is not known which it was; whether there are any.
    boolean failed() {
        forget();
        apartUpTo = Math.max(apartUpTo, reached);
        return reached > 0;
    }
}
