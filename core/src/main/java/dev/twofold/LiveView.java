package dev.twofold;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A view whose documents are kept nowhere: each is folded from the log when it is asked for, as it
/// is now or as it was.
///
/// It reads the events of the document, and those of every document that these look up, and so on.
/// So it costs as much as the document's history is long: it is for what is asked for rarely, for
/// short histories, and for a look at the past of a view that is kept in a table as well. Safe for
/// use by many threads.
///
/// @param <E> events
/// @param <D> documents
public final class LiveView<E, D> {
    /// The most events that a document is folded from.
    public static final int MOST_EVENTS = 100_000;

    private static final int PAGE = 1_000;

    private final EventFeed log;
    private final EventTypes<E> types;
    private final View<E, D> view;
    private final ViewFold<E> fold;
    private final Function<Keys.Read, Query> history;

    /// @param log any event store, or what shows the log as of one moment
    /// @param history the events that may touch a document of the view, or of one that it looks up;
    ///   for a document that refers to a name, those of that name too, unless a document that it
    ///   looks up has them
    public LiveView(
            EventFeed log,
            EventTypes<E> types,
            View<E, D> view,
            Function<Keys.Read, Query> history) {
        this.log = log;
        this.types = types;
        this.view = view;
        this.fold = new ViewFold<>(view);
        this.history = history;
    }

    /// A document as it was at a moment.
    ///
    /// @param position of the last event that had touched it
    /// @param recordedAt when that was
    public record AsOf<D>(D document, long position, Instant recordedAt) {}

    /// The document as it is now; empty if there is none.
    ///
    /// @throws IllegalArgumentException if its history is longer than [#MOST_EVENTS]
    /// @throws ViewFoldException if the view cannot fold one of the events
    /// @throws EventStoreException if the store is out of reach
    public Optional<AsOf<D>> now(String key) {
        return history(key, Long.MAX_VALUE).fold(key);
    }

    /// The document as it was when the log ended with this position; empty if there was none.
    ///
    /// @throws IllegalArgumentException if its history is longer than [#MOST_EVENTS]
    /// @throws ViewFoldException if the view cannot fold one of the events
    /// @throws EventStoreException if the store is out of reach
    public Optional<AsOf<D>> asOf(String key, long position) {
        return history(key, position).fold(key);
    }

    /// The document as it was at a point in time, after the last of its events that was recorded by
    /// then; empty if there was none.
    ///
    /// @throws IllegalArgumentException if its history, up to now, is longer than [#MOST_EVENTS]
    /// @throws ViewFoldException if the view cannot fold one of the events
    /// @throws EventStoreException if the store is out of reach
    public Optional<AsOf<D>> asOf(String key, Instant time) {
        History all = history(key, Long.MAX_VALUE);
        // the clock may have stepped back, so the order is that of positions all the same
        long last = 0;
        for (RecordedEvent event : all.events) {
            if (!event.recordedAt().isAfter(time)) {
                last = event.position();
            }
        }
        long upTo = last;
        List<RecordedEvent> events = all.events.stream().filter(e -> e.position() <= upTo).toList();
        return new History(events, all.documents).fold(key);
    }

    /// The events of the document and of all that it looks up, in order.
    private History history(String key, long position) {
        long upTo = Math.min(position, log.head());
        TreeMap<Long, RecordedEvent> events = new TreeMap<>();
        Set<Keys.Read> known = new HashSet<>();
        Set<Keys.Read> next = Set.of(new Keys.Read(view, key));
        while (!next.isEmpty()) {
            known.addAll(next);
            List<RecordedEvent> found = new ArrayList<>();
            for (Query query : queries(next)) {
                read(key, query, upTo, found);
            }
            found.forEach(event -> events.put(event.position(), event));
            requireShort(key, events.size());
            next = lookedUp(found, known);
        }
        return new History(List.copyOf(events.values()), known);
    }

    private List<Query> queries(Set<Keys.Read> documents) {
        List<Query> queries = new ArrayList<>();
        List<Query.Item> items = new ArrayList<>();
        for (Keys.Read document : documents) {
            List<Query.Item> more = history.apply(document).items();
            if (items.size() + more.size() > Query.MAX_ITEMS) {
                queries.add(new Query(items));
                items = new ArrayList<>();
            }
            items.addAll(more);
        }
        queries.add(new Query(items));
        return queries;
    }

    private void read(String key, Query query, long upTo, List<RecordedEvent> found) {
        long after = 0;
        boolean more = after < upTo;
        while (more) {
            EventFeed.Page page = log.next(query, after, PAGE);
            for (RecordedEvent event : page.events()) {
                if (event.position() <= upTo) {
                    found.add(event);
                }
            }
            requireShort(key, found.size());
            more = page.more() && page.upTo() < upTo;
            after = page.upTo();
        }
    }

    private void requireShort(String key, int events) {
        if (events > MOST_EVENTS) {
            throw new IllegalArgumentException(
                    "document \"%s\" of view \"%s\" has more than %,d events, too many to fold on demand; keep the view in a table"
                            .formatted(key, view.name(), MOST_EVENTS));
        }
    }

    /// What the known documents among those that the events touch look up, and is not known yet.
    private Set<Keys.Read> lookedUp(List<RecordedEvent> events, Set<Keys.Read> known) {
        Set<Keys.Read> found = new LinkedHashSet<>();
        for (RecordedEvent event : events) {
            for (E one : types.decode(event)) {
                for (View<E, ?> each : fold.views()) {
                    Keys keys = each.keys(one);
                    boolean touches =
                            !keys.referring().isEmpty()
                                    || keys.direct().stream()
                                            .anyMatch(k -> known.contains(new Keys.Read(each, k)));
                    if (touches) {
                        found.addAll(keys.reads());
                    }
                }
            }
        }
        found.removeAll(known);
        return found;
    }

    /// The events of some documents; of others it has just a part.
    private final class History {
        private final List<RecordedEvent> events;
        private final Set<Keys.Read> documents;

        History(List<RecordedEvent> events, Set<Keys.Read> documents) {
            this.events = events;
            this.documents = documents;
        }

        Optional<AsOf<D>> fold(String key) {
            List<DocumentChange<?>> changes =
                    fold.fold(
                            types.decode(events),
                            NOTHING_STORED,
                            (of, name, _, _) -> !documents.contains(new Keys.Read(of, name)));
            for (DocumentChange<?> change : changes) {
                @Nullable Object document = change.document();
                if (document != null && change.view().equals(view) && change.key().equals(key)) {
                    return Optional.of(
                            new AsOf<>(
                                    view.documentType().cast(document),
                                    change.position(),
                                    recordedAt(change.position())));
                }
            }
            return Optional.empty();
        }

        private Instant recordedAt(long position) {
            for (RecordedEvent event : events) {
                if (event.position() == position) {
                    return event.recordedAt();
                }
            }
            throw new IllegalStateException("no event was read at position " + position);
        }
    }

    private static final Documents NOTHING_STORED =
            new Documents() {
                @Override
                public <T> Map<String, T> byKeys(View<?, T> of, Set<String> keys) {
                    return Map.of();
                }

                @Override
                public <T> Map<String, T> byReferences(View<?, T> of, Set<String> names) {
                    return Map.of();
                }
            };
}
