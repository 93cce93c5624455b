package dev.twofold.postgres;

import dev.twofold.EventFeed;
import dev.twofold.EventStoreException;
import dev.twofold.EventTypes;
import dev.twofold.Query;
import dev.twofold.Recorded;
import dev.twofold.RecordedEvent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Reads and decodes the events that one projection wants, page by page, each full page's successor
/// ahead of time.
///
/// The last few full pages are kept, so that partitions at about the same place read them once: a
/// part of the log that is followed by another never changes. Safe for use by many threads.
final class LogPages<E> {
    private static final int KEPT = 3;

    private final EventFeed feed;
    private final EventTypes<E> types;
    private final EventFilter filter;
    private final Query query;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Long, Ahead<E>> kept = new LinkedHashMap<>();

    LogPages(EventFeed feed, Projection<E> projection) {
        this.feed = feed;
        this.types = projection.types();
        this.filter = projection.filter();
        this.query = filter.query(types.wholeLog() ? Set.of() : types.names());
    }

    /// The page after a position, empty at the end of the log.
    Page<E> read(long after, int limit) {
        Page<E> page = kept(after, limit).orElseGet(() -> load(after, limit));
        if (page.full() && page.failure() == null) {
            readAhead(page.upTo(), limit);
        }
        return page;
    }

    private Optional<Page<E>> kept(long after, int limit) {
        Ahead<E> found = find(after);
        if (found == null || found.limit > limit) {
            return Optional.empty();
        }
        try {
            Page<E> page = found.page.get();
            if (!page.full() || page.failure() != null) {
                forget(found);
            }
            return Optional.of(page);
        } catch (ExecutionException e) {
            forget(found);
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    private @Nullable Ahead<E> find(long after) {
        lock.lock();
        try {
            return kept.get(after);
        } finally {
            lock.unlock();
        }
    }

    private void forget(Ahead<E> page) {
        lock.lock();
        try {
            kept.remove(page.after, page);
        } finally {
            lock.unlock();
        }
    }

    private void readAhead(long after, int limit) {
        lock.lock();
        try {
            if (!kept.containsKey(after)) {
                if (kept.size() >= KEPT) {
                    kept.remove(kept.keySet().iterator().next());
                }
                kept.put(after, Ahead.of(this, after, limit));
            }
        } finally {
            lock.unlock();
        }
    }

    private Page<E> load(long after, int limit) {
        EventFeed.Page page = feed.next(query, after, limit);
        List<Recorded<E>> events = new ArrayList<>(page.events().size());
        for (RecordedEvent event : page.events()) {
            if (filter.passes(event) && types.concerns(event)) {
                try {
                    events.addAll(types.decode(List.of(event)));
                } catch (RuntimeException e) {
                    EventFailure failure = new EventFailure(event.position(), e);
                    return new Page<>(after, event.position() - 1, events, failure, page.more());
                }
            }
        }
        return new Page<>(after, page.upTo(), events, null, page.more());
    }

    /// One event; it may be several in their current shape, or none.
    ///
    /// @throws EventFailure if it cannot be decoded
    List<Recorded<E>> at(long position) throws EventFailure {
        try {
            return types.decode(
                    feed.next(Query.all(), position - 1, 1).events().stream()
                            .filter(types::concerns)
                            .toList());
        } catch (EventStoreException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new EventFailure(position, e);
        }
    }

    /// A page that is being read, or has been.
    private record Ahead<E>(long after, int limit, Future<Page<E>> page) {

        static <E> Ahead<E> of(LogPages<E> pages, long after, int limit) {
            FutureTask<Page<E>> task = new FutureTask<>(() -> pages.load(after, limit));
            Thread.ofVirtual().name("twofold-read-ahead").start(task);
            return new Ahead<>(after, limit, task);
        }
    }
}
