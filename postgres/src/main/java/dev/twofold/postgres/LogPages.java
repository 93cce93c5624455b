package dev.twofold.postgres;

import dev.twofold.EventFeed;
import dev.twofold.EventTypes;
import dev.twofold.Query;
import dev.twofold.Recorded;
import dev.twofold.RecordedEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Reads and decodes the events that one projection wants, page by page, full pages' successors
/// ahead of time if wanted: while one page takes effect, the next is decoded and the one after that
/// is read. That is done by platform threads: decoding would keep a carrier of virtual threads from
/// all others for as long as it takes.
///
/// The last few full pages are kept, so that partitions at about the same place read them once: a
/// part of the log that is followed by another never changes. What was read ahead and turns out to
/// be the end of the log is read anew when it is wanted: it may have grown. Safe for use by many
/// threads.
final class LogPages<E> {
    private static final int AHEAD = 2;
    private static final int KEPT = 4;
    private static final Duration FOREVER = Duration.ofNanos(Long.MAX_VALUE);

    private final EventFeed feed;
    private final EventTypes<E> types;
    private final EventFilter filter;
    private final Query query;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Long, Ahead> kept = new LinkedHashMap<>();

    LogPages(EventFeed feed, Projection<E> projection) {
        this.feed = feed;
        this.types = projection.types();
        this.filter = projection.filter();
        this.query = filter.query(types.wholeLog() ? Set.of() : types.names());
    }

    /// The page after a position, empty at the end of the log.
    ///
    /// @param ahead whether those behind it are read ahead of time
    Page<E> read(long after, int limit, boolean ahead) {
        Page<E> page =
                kept(after, limit)
                        .orElseGet(() -> ahead ? load(after, limit) : share(after, limit));
        if (ahead && isSettled(page)) {
            readAhead(page.upTo(), limit);
        }
        return page;
    }

    /// Whether it is the same whenever it is read, which the end of the log is not.
    private static boolean isSettled(Page<?> page) {
        return page.full() && page.failure() == null;
    }

    /// The page after a position if it is being read ahead, or has been, and is not the end of the
    /// log; those behind it are read ahead.
    ///
    /// @throws TimeoutException if it is not there within the time
    Optional<Page<E>> soon(long after, int limit, Duration patience) throws TimeoutException {
        Optional<Page<E>> page = kept(after, limit, patience);
        page.ifPresent(each -> readAhead(each.upTo(), limit));
        return page;
    }

    /// How far the log goes now.
    long head() {
        return feed.head();
    }

    /// What the event at a position is decoded to.
    ///
    /// @throws IllegalStateException if it is not there, or cannot be decoded
    List<Recorded<E>> event(long position) {
        Page<E> page = decode(position - 1, feed.next(query, position - 1, 1));
        List<Recorded<E>> events =
                page.events().stream().filter(event -> event.position() == position).toList();
        if (events.isEmpty()) {
            throw new IllegalStateException(
                    "the event at position %d cannot be read, although it could before"
                            .formatted(position),
                    page.failure());
        }
        return events;
    }

    private Optional<Page<E>> kept(long after, int limit) {
        try {
            return kept(after, limit, FOREVER);
        } catch (TimeoutException e) {
            return Optional.empty();
        }
    }

    private Optional<Page<E>> kept(long after, int limit, Duration patience)
            throws TimeoutException {
        Ahead found = find(after);
        if (found == null || found.limit > limit) {
            return Optional.empty();
        }
        try {
            Page<E> page = found.page.get(patience.toNanos(), TimeUnit.NANOSECONDS);
            if (isSettled(page)) {
                return Optional.of(page);
            }
            forget(found);
            return Optional.empty();
        } catch (ExecutionException e) {
            forget(found);
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    private @Nullable Ahead find(long after) {
        lock.lock();
        try {
            return kept.get(after);
        } finally {
            lock.unlock();
        }
    }

    private void forget(Ahead page) {
        lock.lock();
        try {
            kept.remove(page.after, page);
        } finally {
            lock.unlock();
        }
    }

    /// Begins to read the first page after a position that is not being read yet, if the one before
    /// it has been read and is full. Called again when that one has been read.
    private void readAhead(long after, int limit) {
        lock.lock();
        try {
            long next = after;
            for (int page = 0; page < AHEAD; page++) {
                Ahead ahead = kept.get(next);
                if (ahead == null) {
                    Ahead begun = new Ahead(next, limit, () -> readAhead(after, limit));
                    keep(begun);
                    Thread.ofPlatform().daemon().name("twofold-read-ahead").start(begun.page);
                    return;
                }
                EventFeed.Page stored = ahead.stored;
                if (stored == null || !stored.more()) {
                    return;
                }
                next = stored.upTo();
            }
        } finally {
            lock.unlock();
        }
    }

    private void keep(Ahead page) {
        if (kept.size() >= KEPT) {
            kept.remove(kept.keySet().iterator().next());
        }
        kept.put(page.after, page);
    }

    private Page<E> load(long after, int limit) {
        return decode(after, feed.next(query, after, limit));
    }

    /// Reads a page in this thread, and keeps it for other partitions.
    private Page<E> share(long after, int limit) {
        Page<E> page = load(after, limit);
        if (isSettled(page)) {
            lock.lock();
            try {
                keep(new Ahead(after, limit, page));
            } finally {
                lock.unlock();
            }
        }
        return page;
    }

    private Page<E> decode(long after, EventFeed.Page stored) {
        List<Recorded<E>> events = new ArrayList<>(stored.events().size());
        long length = 0;
        for (RecordedEvent event : stored.events()) {
            if (filter.passes(event) && types.concerns(event)) {
                length += event.data().length();
                try {
                    types.decode(event, events::add);
                } catch (RuntimeException e) {
                    EventFailure failure = new EventFailure(event.position(), e);
                    return new Page<>(
                            after, event.position() - 1, events, failure, stored.more(), length);
                }
            }
        }
        return new Page<>(after, stored.upTo(), events, null, stored.more(), length);
    }

    /// A page that is being read and decoded, or has been.
    private final class Ahead {
        private final long after;
        private final int limit;
        private final FutureTask<Page<E>> page;
        private volatile EventFeed.@Nullable Page stored;

        Ahead(long after, int limit, Page<E> page) {
            this.after = after;
            this.limit = limit;
            this.page = new FutureTask<>(() -> page);
            this.page.run();
        }

        /// @param whenRead called when it is read and not decoded yet
        Ahead(long after, int limit, Runnable whenRead) {
            this.after = after;
            this.limit = limit;
            this.page =
                    new FutureTask<>(
                            () -> {
                                EventFeed.Page read = feed.next(query, after, limit);
                                stored = read;
                                whenRead.run();
                                return decode(after, read);
                            });
        }
    }
}
