package dev.twofold.postgres;

import dev.twofold.EventStore;
import dev.twofold.EventStoreException;
import dev.twofold.EventTypes;
import dev.twofold.Query;
import dev.twofold.Recorded;
import dev.twofold.RecordedEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/// Reads and decodes the events of one family, page by page, each full page's successor ahead of
/// time. Not safe for use by many threads.
final class LogPages<E> {
    private final EventStore store;
    private final EventTypes<E> types;
    private final Query query;
    private @Nullable Ahead<E> ahead;

    LogPages(EventStore store, EventTypes<E> types) {
        this.store = store;
        this.types = types;
        this.query = Query.types(types.names().toArray(String[]::new));
    }

    /// The page after a position, empty at the end of the log.
    Page<E> read(long after, int limit) {
        Page<E> page = readAhead(after, limit).orElseGet(() -> load(after, limit));
        ahead = page.full() && page.failure() == null ? Ahead.of(this, page.upTo(), limit) : null;
        return page;
    }

    private Optional<Page<E>> readAhead(long after, int limit) {
        if (ahead == null || ahead.after != after || ahead.limit > limit) {
            return Optional.empty();
        }
        try {
            return Optional.of(ahead.page.get());
        } catch (ExecutionException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    /// The head is read before the events: all up to there were visible to the read after it, so a
    /// page that is not full reaches at least as far, whatever the last event of the family.
    private Page<E> load(long after, int limit) {
        long head = store.head();
        if (head <= after) {
            return new Page<>(after, after, List.of(), null, false);
        }
        List<RecordedEvent> stored = store.read(query, after, limit);
        boolean full = stored.size() == limit;
        long last = stored.isEmpty() ? after : stored.getLast().position();
        List<Recorded<E>> events = new ArrayList<>(stored.size());
        for (RecordedEvent event : stored) {
            try {
                events.addAll(types.decode(List.of(event)));
            } catch (RuntimeException e) {
                EventFailure failure = new EventFailure(event.position(), e);
                return new Page<>(after, event.position() - 1, events, failure, full);
            }
        }
        return new Page<>(after, full ? last : Math.max(head, last), events, null, full);
    }

    /// One event; it may be several in their current shape, or none.
    ///
    /// @throws EventFailure if it cannot be decoded
    List<Recorded<E>> at(long position) throws EventFailure {
        try {
            return types.decode(store.read(Query.all(), position - 1, 1));
        } catch (EventStoreException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new EventFailure(position, e);
        }
    }

    /// A page that is being read.
    private record Ahead<E>(long after, int limit, Future<Page<E>> page) {

        static <E> Ahead<E> of(LogPages<E> pages, long after, int limit) {
            FutureTask<Page<E>> task = new FutureTask<>(() -> pages.load(after, limit));
            Thread.ofVirtual().name("twofold-read-ahead").start(task);
            return new Ahead<>(after, limit, task);
        }
    }
}
