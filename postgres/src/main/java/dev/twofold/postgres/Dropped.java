package dev.twofold.postgres;

import dev.twofold.Recorded;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// The events that have been given up for a revision of a projection.
///
/// @param documents the positions, by document
/// @param whole positions that nothing of the projection takes in
record Dropped(Map<DocumentName, Set<Long>> documents, Set<Long> whole) {
    static final Dropped NONE = new Dropped(Map.of(), Set.of());

    static Dropped of(List<DroppedEvent> events) {
        if (events.isEmpty()) {
            return NONE;
        }
        Set<Long> whole = new HashSet<>();
        for (DroppedEvent event : events) {
            if (event.key() == null) {
                whole.add(event.position());
            }
        }
        Map<DocumentName, Set<Long>> documents =
                events.stream()
                        .filter(event -> event.key() != null)
                        .collect(
                                Collectors.groupingBy(
                                        event -> new DocumentName(event.view(), "" + event.key()),
                                        Collectors.mapping(
                                                DroppedEvent::position, Collectors.toSet())));
        return new Dropped(documents, whole);
    }

    boolean isEmpty() {
        return documents.isEmpty() && whole.isEmpty();
    }

    boolean contains(DocumentName document, long position) {
        return documents.getOrDefault(document, Set.of()).contains(position);
    }

    /// The page without events that nothing takes in.
    <E> Page<E> without(Page<E> page) {
        if (whole.isEmpty()) {
            return page;
        }
        List<Recorded<E>> events =
                page.events().stream().filter(e -> !whole.contains(e.position())).toList();
        EventFailure failure = page.failure();
        return failure != null && whole.contains(failure.position())
                ? new Page<>(page.after(), failure.position(), events, null, true, page.length())
                : new Page<>(
                        page.after(), page.upTo(), events, failure, page.full(), page.length());
    }
}
