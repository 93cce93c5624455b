package dev.twofold.postgres;

import dev.twofold.EventStore;
import dev.twofold.EventStoreException;
import dev.twofold.EventTypes;
import dev.twofold.Query;
import dev.twofold.Recorded;
import dev.twofold.RecordedEvent;
import java.util.ArrayList;
import java.util.List;

/// Reads and decodes the events of one family, page by page.
final class LogPages<E> {
    private final EventStore store;
    private final EventTypes<E> types;
    private final Query query;

    LogPages(EventStore store, EventTypes<E> types) {
        this.store = store;
        this.types = types;
        this.query = Query.types(types.names().toArray(String[]::new));
    }

    /// The page after a position, empty at the end of the log.
    ///
    /// The head is read before the events: all up to there were visible to the read after it, so a
    /// page that is not full reaches at least as far, whatever the last event of the family.
    Page<E> read(long after, int limit) {
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
}
