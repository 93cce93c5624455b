package dev.twofold.postgres;

import dev.twofold.Keys;
import dev.twofold.Recorded;
import dev.twofold.View;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/// What is pending while a batch is taken in, and what of the batch comes to be.
///
/// While anything is pending, whatever finds documents by their references is put off too: what is
/// pending may change by which names they are found. Not safe for use by many threads.
final class Spreading<E> {
    /// Events that may be pending in a partition; the next one waits until there are fewer.
    static final int MOST = 100;

    private final List<FanOut<E>> pending;
    private final boolean allowed;
    private final int most;
    private final SortedMap<Long, Set<String>> added = new TreeMap<>();

    private Spreading(List<FanOut<E>> pending, boolean allowed, int most) {
        this.pending = pending;
        this.allowed = allowed;
        this.most = most;
    }

    /// @param pending the first one first
    static <E> Spreading<E> over(List<FanOut<E>> pending) {
        return new Spreading<>(pending, true, MOST);
    }

    /// Every event is folded into all documents that it concerns at once.
    static <E> Spreading<E> none() {
        return new Spreading<>(List.of(), false, 0);
    }

    /// Nothing may come to be pending: a batch has to end before an event that would.
    static <E> Spreading<E> later() {
        return new Spreading<>(List.of(), true, 0);
    }

    List<FanOut<E>> pending() {
        return pending;
    }

    boolean isAllowed() {
        return allowed;
    }

    /// The names of the events that have come to be pending, by position.
    SortedMap<Long, Set<String>> added() {
        return added;
    }

    /// Forgets what an attempt that came to nothing has put off.
    void restart() {
        added.clear();
    }

    /// Puts off all events of a batch that find documents of a view by references, for those
    /// documents that the batch does not load for another reason; whether that can be done.
    ///
    /// What an event looks up has to be as it is at the event, so one that looks up something is
    /// not put off; it is alone in its batch in that, with nothing pending.
    ///
    /// @throws TooMany if the batch has to end before one of the events
    boolean putOff(List<Recorded<E>> events, View<E, ?> view) {
        SortedMap<Long, Set<String>> names = new TreeMap<>();
        Set<Long> reading = new HashSet<>();
        for (Recorded<E> event : events) {
            Keys keys = view.keys(event.event());
            if (!keys.referring().isEmpty()) {
                names.computeIfAbsent(event.position(), _ -> new HashSet<>())
                        .addAll(keys.referring());
                if (!keys.reads().isEmpty()) {
                    reading.add(event.position());
                }
            }
        }
        if (pending.isEmpty() && reading.contains(names.firstKey())) {
            if (names.size() > 1) {
                throw new TooMany(names.tailMap(names.firstKey() + 1).firstKey());
            }
            return false;
        }
        for (long position : names.keySet()) {
            if (reading.contains(position)
                    || pending.size() + names.headMap(position).size() >= most) {
                throw new TooMany(position);
            }
        }
        added.putAll(names);
        return true;
    }

    /// The batch has to end before an event.
    static final class TooMany extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final long position;

        private TooMany(long position) {
            super("the batch ends before the event at position " + position);
            this.position = position;
        }

        long position() {
            return position;
        }
    }
}
