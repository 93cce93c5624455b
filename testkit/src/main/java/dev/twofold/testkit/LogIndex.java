package dev.twofold.testkit;

import dev.twofold.Query;
import dev.twofold.RecordedEvent;
import dev.twofold.StreamId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SortedSet;
import java.util.TreeSet;

/// A whole log without gaps, with the positions of each type, tag and stream.
final class LogIndex {
    private final List<RecordedEvent> log;
    private final Map<Object, List<Long>> positions = new HashMap<>();
    private final List<Long> all;

    LogIndex(List<RecordedEvent> log) {
        this.log = log;
        this.all = log.stream().map(RecordedEvent::position).toList();
        for (RecordedEvent event : log) {
            add(event.type(), event);
            event.tags().forEach(tag -> add(tag, event));
            StreamId stream = event.stream();
            if (stream != null) {
                add(stream, event);
            }
        }
    }

    long size() {
        return log.size();
    }

    RecordedEvent at(long position) {
        return log.get(Math.toIntExact(position) - 1);
    }

    /// The first position after one and up to another whose event matches.
    OptionalLong first(Query query, long after, long upTo) {
        SortedSet<Long> found = matching(query, after, upTo, 1);
        return found.isEmpty() ? OptionalLong.empty() : OptionalLong.of(found.first());
    }

    /// The first positions after one and up to another whose events match, at most `limit` for each
    /// list of candidates.
    SortedSet<Long> matching(Query query, long after, long upTo, int limit) {
        SortedSet<Long> found = new TreeSet<>();
        for (Query.Item item : query.items()) {
            for (List<Long> candidates : candidates(item)) {
                int taken = 0;
                for (int i = firstAfter(candidates, after);
                        i < candidates.size() && candidates.get(i) <= upTo && taken < limit;
                        i++) {
                    RecordedEvent event = at(candidates.get(i));
                    if (query.matches(event.stream(), event.type(), event.tags())) {
                        found.add(event.position());
                        taken++;
                    }
                }
            }
        }
        return found;
    }

    /// How many events of a stream lie before a position.
    long versionBefore(StreamId stream, long position) {
        return firstAfter(positions.getOrDefault(stream, List.of()), position - 1);
    }

    /// Lists that together hold every position the item can match.
    private List<List<Long>> candidates(Query.Item item) {
        List<Object> required = new ArrayList<>(item.tags());
        StreamId stream = item.stream();
        if (stream != null) {
            required.add(stream);
        }
        if (!required.isEmpty()) {
            return List.of(
                    required.stream()
                            .map(key -> positions.getOrDefault(key, List.of()))
                            .min(Comparator.comparingInt(List::size))
                            .orElseThrow());
        }
        if (!item.types().isEmpty()) {
            return item.types().stream()
                    .map(type -> positions.getOrDefault(type, List.of()))
                    .toList();
        }
        return List.of(all);
    }

    private void add(Object key, RecordedEvent event) {
        positions.computeIfAbsent(key, _ -> new ArrayList<>()).add(event.position());
    }

    private static int firstAfter(List<Long> sorted, long position) {
        int found = Collections.binarySearch(sorted, position);
        return found >= 0 ? found + 1 : -found - 1;
    }
}
