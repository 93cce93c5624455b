package dev.twofold.postgres;

import dev.twofold.View;
import dev.twofold.ViewFold;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The documents that wait for someone to look into an event, and the events that one batch adds to
/// their queues.
///
/// At most 1,000 documents of a projection may wait; the next failure stops it.
final class Parking implements ViewFold.Detour {
    static final int MOST_DOCUMENTS = 1_000;

    private final Map<DocumentName, Long> waitingFrom = new HashMap<>();
    private final List<EventFailure> failures = new ArrayList<>();
    private final List<Queued> queued = new ArrayList<>();
    private final Map<String, Set<String>> touched = new HashMap<>();

    /// An event that waits behind another one of its document.
    record Queued(DocumentName document, long position) {}

    Parking(Set<DocumentName> waiting) {
        waiting.forEach(document -> waitingFrom.put(document, 0L));
    }

    @Override
    public boolean passes(View<?, ?> view, String key, long position) {
        touched.computeIfAbsent(view.name(), _ -> new HashSet<>()).add(key);
        if (waitingFrom.isEmpty()) {
            return false;
        }
        DocumentName document = new DocumentName(view.name(), key);
        Long from = waitingFrom.get(document);
        if (from == null || position < from) {
            return false;
        }
        if (position > from) {
            queued.add(new Queued(document, position));
        }
        return true;
    }

    boolean full() {
        return waitingFrom.size() >= MOST_DOCUMENTS;
    }

    /// Sets the event aside, and all later ones of its document.
    void park(DocumentName document, EventFailure failure) {
        waitingFrom.put(document, failure.position());
        failures.add(failure);
    }

    /// Forgets the queues of an attempt that came to nothing.
    void restart() {
        queued.clear();
    }

    /// The keys of a view's documents that the events touch, whether they change or wait.
    Set<String> touched(String view) {
        return touched.getOrDefault(view, Set.of());
    }

    List<EventFailure> failures() {
        return failures;
    }

    List<Queued> queued() {
        return queued;
    }
}
