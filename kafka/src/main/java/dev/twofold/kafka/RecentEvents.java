package dev.twofold.kafka;

import dev.twofold.EventFeed.Page;
import dev.twofold.Query;
import dev.twofold.RecordedEvent;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;

/// The newest events of a log, in memory. One thread adds; any number read.
final class RecentEvents {
    private final ConcurrentSkipListMap<Long, RecordedEvent> events = new ConcurrentSkipListMap<>();
    private final int most;
    private final long longest;
    private long length;
    private volatile long after;
    private volatile long complete;

    /// @param after the position behind which they begin
    RecentEvents(long after, int most, long longest) {
        this.after = after;
        this.most = most;
        this.longest = longest;
    }

    long after() {
        return after;
    }

    long complete() {
        return complete;
    }

    /// Takes in the next events, and that there are no others up to a position.
    void add(List<RecordedEvent> next, long upTo) {
        for (RecordedEvent event : next) {
            if (event.position() > after) {
                events.put(event.position(), event);
                length += event.data().length();
            }
        }
        while (events.size() > most || length > longest) {
            Map.Entry<Long, RecordedEvent> first = events.firstEntry();
            after = first.getKey();
            length -= first.getValue().data().length();
            events.remove(first.getKey());
        }
        complete = Math.max(complete, upTo);
    }

    /// The page after a position; empty if that begins before what is here.
    Optional<Page> next(Query query, long position, int limit) {
        long upTo = complete;
        if (position < after) {
            return Optional.empty();
        }
        if (upTo <= position) {
            return Optional.of(new Page(List.of(), position, false));
        }
        List<RecordedEvent> found = new ArrayList<>();
        Iterator<RecordedEvent> rest =
                events.subMap(position, false, upTo, true).values().iterator();
        while (rest.hasNext() && found.size() < limit) {
            RecordedEvent event = rest.next();
            if (query.matches(event.stream(), event.type(), event.tags())) {
                found.add(event);
            }
        }
        boolean full = found.size() == limit;
        Page page = new Page(found, full ? found.getLast().position() : upTo, full);
        // what was removed meanwhile may have been removed before it was seen
        return position < after ? Optional.empty() : Optional.of(page);
    }
}
