package dev.twofold.postgres;

import dev.twofold.EventFeed;
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
    private final EventFeed feed;
    private final EventTypes<E> types;
    private final Query query;
    private @Nullable Ahead<E> ahead;

    LogPages(EventFeed feed, EventTypes<E> types) {
        this.feed = feed;
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

    private Page<E> load(long after, int limit) {
        EventFeed.Page page = feed.next(query, after, limit);
        List<Recorded<E>> events = new ArrayList<>(page.events().size());
        for (RecordedEvent event : page.events()) {
            try {
                events.addAll(types.decode(List.of(event)));
            } catch (RuntimeException e) {
                EventFailure failure = new EventFailure(event.position(), e);
                return new Page<>(after, event.position() - 1, events, failure, page.more());
            }
        }
        return new Page<>(after, page.upTo(), events, null, page.more());
    }

    /// One event; it may be several in their current shape, or none.
    ///
    /// @throws EventFailure if it cannot be decoded
    List<Recorded<E>> at(long position) throws EventFailure {
        try {
            return types.decode(feed.next(Query.all(), position - 1, 1).events());
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
