package dev.twofold.postgres;

import dev.twofold.Keys;
import dev.twofold.View;
import dev.twofold.ViewFold;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The documents that wait because an event did not fit them, and the events that one batch adds to
/// their queues.
///
/// A document that looks up one that waits would be folded with what is out of date, so it waits
/// behind that one. Not safe for use by many threads.
final class Parking implements ViewFold.Detour {
    private final int most;
    private final Dropped dropped;
    private final Map<DocumentName, Long> waitingFrom;
    private final List<Parked> failures = new ArrayList<>();
    private final Map<DocumentName, Behind> behind = new LinkedHashMap<>();
    private final Set<Queued> queued = new LinkedHashSet<>();
    private final Map<DocumentName, Behind> settledBehind = new LinkedHashMap<>();
    private final Set<Queued> settledQueued = new LinkedHashSet<>();
    private final Map<String, Set<String>> touched = new HashMap<>();

    /// An event that waits behind another one of its document.
    record Queued(DocumentName document, long position) {}

    /// A document to which an event did not fit.
    record Parked(DocumentName document, EventFailure failure) {}

    /// An event for which a document looks up one that waits, and from which on it waits itself.
    record Behind(DocumentName lookup, long position) {

        String reason() {
            return "it looks up %s, for which an event is set aside".formatted(lookup.text());
        }
    }

    /// @param waitingFrom documents that wait already, and from which position on
    /// @param most documents that may wait
    Parking(Map<DocumentName, Long> waitingFrom, Dropped dropped, int most) {
        this.waitingFrom = new HashMap<>(waitingFrom);
        this.dropped = dropped;
        this.most = most;
    }

    /// @throws TooManyWait if a document would have to wait behind another one that must not
    @Override
    public boolean passes(View<?, ?> view, String key, long position, Set<Keys.Read> reads) {
        touched.computeIfAbsent(view.name(), _ -> new HashSet<>()).add(key);
        if (waitingFrom.isEmpty() && dropped.isEmpty()) {
            return false;
        }
        DocumentName document = new DocumentName(view.name(), key);
        if (passes(document, position)) {
            return true;
        }
        DocumentName lookup = waiting(reads, position);
        if (lookup == null || lookup.equals(document)) {
            return false;
        }
        if (full()) {
            throw new TooManyWait(document, lookup, position);
        }
        waitingFrom.put(document, position);
        behind.put(document, new Behind(lookup, position));
        return true;
    }

    /// Whether an event has been given up for a document, or the document waits; the event is then
    /// queued behind what it waits for.
    boolean passes(DocumentName document, long position) {
        if (dropped.contains(document, position)) {
            return true;
        }
        Long from = waitingFrom.get(document);
        if (from == null || position < from) {
            return false;
        }
        if (position > from) {
            queued.add(new Queued(document, position));
        }
        return true;
    }

    private @Nullable DocumentName waiting(Set<Keys.Read> reads, long position) {
        for (Keys.Read read : reads) {
            DocumentName lookup = new DocumentName(read.view().name(), read.key());
            Long from = waitingFrom.get(lookup);
            if (from != null && position >= from) {
                return lookup;
            }
        }
        return null;
    }

    /// Whether nothing waits.
    boolean isEmpty() {
        return waitingFrom.isEmpty();
    }

    boolean full() {
        return waitingFrom.size() >= most;
    }

    /// Sets the event aside, and all later ones of its document.
    void park(DocumentName document, EventFailure failure) {
        waitingFrom.put(document, failure.position());
        failures.removeIf(earlier -> earlier.document.equals(document));
        failures.add(new Parked(document, failure));
    }

    /// That an event would have to be set aside for one document more than may wait.
    EventFailure tooMany(EventFailure failure, DocumentName document) {
        return new EventFailure(
                failure.position(),
                new IllegalStateException(
                        ("%,d documents wait for events that are set aside, as many as may, and the"
                             + " event at position %d does not fit %s: retry or drop what is set"
                             + " aside, or mend the program")
                                .formatted(waitingFrom.size(), failure.position(), document.text()),
                        failure.getCause()));
    }

    /// Keeps what the attempt has queued, as it succeeded.
    void settle() {
        settledQueued.addAll(queued);
        settledBehind.putAll(behind);
        queued.clear();
        behind.clear();
    }

    /// Forgets what an attempt that came to nothing has queued.
    void restart() {
        queued.clear();
        waitingFrom.keySet().removeAll(behind.keySet());
        behind.clear();
    }

    /// The keys of a view's documents that the events touch, whether they change or wait.
    Set<String> touched(String view) {
        return touched.getOrDefault(view, Set.of());
    }

    List<Parked> failures() {
        return failures;
    }

    /// Why a document waits that did not before; null if it does not.
    @Nullable String reason(DocumentName document) {
        for (Parked parked : failures) {
            if (parked.document.equals(document)) {
                return parked.failure.diagnosis();
            }
        }
        Behind other = settledBehind.get(document);
        return other == null ? null : other.reason();
    }

    /// The documents that have come to wait behind others.
    Map<DocumentName, Behind> behind() {
        return settledBehind;
    }

    Set<Queued> queued() {
        return settledQueued;
    }

    /// One more document would have to wait than may.
    static final class TooManyWait extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final long position;

        private TooManyWait(DocumentName document, DocumentName lookup, long position) {
            super(
                    ("as many documents wait for events that are set aside as may, and %s looks up"
                         + " %s, which is one of them: retry or drop what is set aside, or mend the"
                         + " program")
                            .formatted(document.text(), lookup.text()));
            this.position = position;
        }

        long position() {
            return position;
        }
    }
}
