package dev.twofold.postgres;

import dev.twofold.Recorded;
import dev.twofold.postgres.Spreading.TooMany;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// Takes page after page of the log into the documents of one partition of a view within one
/// transaction, which writes each document once, however many events of these pages touch it.
///
/// What is kept for it in memory is bounded, and so is the time, see [BatchSize].
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
    private static final Duration PATIENCE = Duration.ofMillis(250);

    private final ViewProjection<E, ?> view;
    private final LogPages<E> log;
    private final BatchSize batchSize;
    private long apartUpTo;
    private long reached;

    CatchUp(ViewProjection<E, ?> view, LogPages<E> log, BatchSize batchSize) {
        this.view = view;
        this.log = log;
        this.batchSize = batchSize;
    }

    ViewProjection<E, ?> view() {
        return view;
    }

    /// What has been folded, and is to be written.
    ///
    /// @param events how many
    /// @param full whether the log may have more after it
    record Folded(long upTo, int events, boolean full, UnitOfWork work) {}

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
            Page<E> first,
            Parking parking,
            Dropped dropped)
            throws SQLException {
        long begin = System.nanoTime();
        UnitOfWork work = new UnitOfWork();
        @Nullable Folded folded = null;
        @Nullable Page<E> next = first;
        while (next != null) {
            long pageBegin = System.nanoTime();
            Page<E> page = dropped.without(next);
            if (page.failure() != null
                    || !fold(connection, partition, page.events(), parking, work)) {
                break;
            }
            reached = page.upTo();
            work.read(next.length());
            int before = folded == null ? 0 : folded.events;
            folded = new Folded(reached, before + page.events().size(), page.full(), work);
            batchSize.took(page.full(), since(pageBegin), Effort.FULL.batch());
            boolean goesOn =
                    page.full()
                            && since(begin).compareTo(batchSize.joining()) < 0
                            && work.length() < batchSize.mostKept();
            next = goesOn ? following(reached) : null;
        }
        return Optional.ofNullable(folded);
    }

    private static Duration since(long begin) {
        return Duration.ofNanos(System.nanoTime() - begin);
    }

    private @Nullable Page<E> following(long after) {
        try {
            return log.soon(after, batchSize.limit(), PATIENCE).orElse(null);
        } catch (TimeoutException e) {
            batchSize.apart();
            return null;
        }
    }

    /// Whether all of it took effect; nothing did otherwise.
    private boolean fold(
            Connection connection,
            Partition partition,
            List<Recorded<E>> events,
            Parking parking,
            UnitOfWork work)
            throws SQLException {
        try {
            parking.restart();
            view.fold(connection, partition, events, parking, work);
            parking.settle();
            return true;
        } catch (TooMany | EventFailure e) {
            parking.restart();
            return false; // the transaction that begins there sees to it
        }
    }

    /// The transaction has failed. Has the pages that were folded in it taken in one by one, as it
    /// is not known which it was; whether there are any.
    boolean failed() {
        apartUpTo = Math.max(apartUpTo, reached);
        return reached > 0;
    }
}
