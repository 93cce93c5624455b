package dev.twofold;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Folds batches of events into the documents of a view and of the views it looks up.
///
/// Every document is loaded once and changed at most once a batch, however many events touch it.
/// The views are folded in step, event by event, lookups first, so a lookup sees the documents as
/// they are at the event, never as they are at the end of the batch. Immutable.
public final class ViewFold<E> {
    private final View<E, ?> view;
    private final List<View<E, ?>> views;
    private final @Nullable Predicate<String> part;

    public ViewFold(View<E, ?> view) {
        this(view, null);
    }

    private ViewFold(View<E, ?> view, @Nullable Predicate<String> part) {
        Set<View<E, ?>> found = new LinkedHashSet<>();
        collect(view, found);
        this.view = view;
        this.views = List.copyOf(found);
        this.part = part;
    }

    /// The same, for only those of the view's own documents whose keys are in a part of all keys;
    /// documents of views that it looks up are all folded.
    ///
    /// The view looks up none of its own documents: the others of them are unknown here.
    public ViewFold<E> of(Predicate<String> part) {
        return new ViewFold<>(view, part);
    }

    /// The view and all views that it looks up, the latter first.
    public List<View<E, ?>> views() {
        return views;
    }

    /// The documents that the events change, given those that are stored.
    ///
    /// @throws ViewFoldException if a view cannot fold one of the events
    public List<DocumentChange<?>> fold(List<Recorded<E>> events, Documents stored) {
        return fold(events, stored, (_, _, _, _) -> false);
    }

    /// As [#fold(List, Documents)], but some documents are passed over by some events.
    public List<DocumentChange<?>> fold(List<Recorded<E>> events, Documents stored, Detour detour) {
        Batch batch = new Batch(events, stored, detour);
        for (int i = 0; i < events.size(); i++) {
            for (Working<?> working : batch.workings.values()) {
                working.fold(events.get(i), working.keys.get(i), batch);
            }
        }
        List<DocumentChange<?>> changes = new ArrayList<>();
        batch.workings.values().forEach(working -> working.collectChanges(changes));
        return changes;
    }

    /// Tells which documents an event passes over, such as those that an earlier event waits for.
    @FunctionalInterface
    public interface Detour {
        /// Asked once for each document that the event touches, in the order in which it would be
        /// folded.
        ///
        /// @param reads the documents that folding it would look up
        boolean passes(View<?, ?> view, String key, long position, Set<Keys.Read> reads);
    }

    private static <E> void collect(View<E, ?> view, Set<View<E, ?>> found) {
        for (View<E, ?> lookup : view.lookups()) {
            collect(lookup, found);
        }
        found.add(view);
    }

    /// The documents of all views during one batch.
    private final class Batch {
        private final Map<View<?, ?>, Working<?>> workings = new LinkedHashMap<>();
        private final Detour detour;

        Batch(List<Recorded<E>> events, Documents stored, Detour detour) {
            this.detour = detour;
            Map<View<?, ?>, Set<String>> reads = new HashMap<>();
            for (View<E, ?> view : views) {
                Working<?> working = new Working<>(view, events);
                workings.put(view, working);
                for (Keys keys : working.keys) {
                    for (Keys.Read read : keys.reads()) {
                        reads.computeIfAbsent(read.view(), _ -> new HashSet<>()).add(read.key());
                    }
                }
            }
            for (Working<?> working : workings.values()) {
                working.load(stored, reads.getOrDefault(working.view, Set.of()));
            }
        }

        <D> Optional<D> find(View<?, D> view, String key) {
            Working<?> working = workings.get(view);
            if (working == null) {
                throw new IllegalArgumentException(
                        "view \"%s\" is not among the lookups; add it to lookups()"
                                .formatted(view.name()));
            }
            return Optional.ofNullable(working.documents.get(key)).map(view.documentType()::cast);
        }
    }

    /// The documents of one view during one batch.
    private final class Working<D> {
        private final View<E, D> view;
        private final List<Keys> keys;
        private final Map<String, D> documents = new HashMap<>();
        private final Map<String, Long> changed = new LinkedHashMap<>();

        Working(View<E, D> view, List<Recorded<E>> events) {
            this.view = view;
            this.keys = new ArrayList<>(events.size());
            for (Recorded<E> event : events) {
                keys.add(keys(event));
            }
        }

        private Keys keys(Recorded<E> event) {
            try {
                Keys all = view.keys(event.event());
                return part == null || !view.equals(ViewFold.this.view) ? all : partOf(all, part);
            } catch (RuntimeException e) {
                throw new ViewFoldException(view, null, event, e);
            }
        }

        private Keys partOf(Keys all, Predicate<String> part) {
            for (Keys.Read read : all.reads()) {
                if (read.view().equals(view)) {
                    throw new IllegalArgumentException(
                            ("view \"%s\" looks up its own document \"%s\", so it cannot be split"
                                            + " into partitions")
                                    .formatted(view.name(), read.key()));
                }
            }
            Set<String> direct = new HashSet<>(all.direct());
            direct.removeIf(key -> !part.test(key));
            return direct.isEmpty() && all.referring().isEmpty()
                    ? Keys.none()
                    : new Keys(direct, all.referring(), all.reads());
        }

        void load(Documents stored, Set<String> reads) {
            Set<String> direct = new HashSet<>(reads);
            Set<String> names = new HashSet<>();
            for (Keys one : keys) {
                direct.addAll(one.direct());
                names.addAll(one.referring());
            }
            if (!direct.isEmpty()) {
                documents.putAll(stored.byKeys(view, direct));
            }
            if (!names.isEmpty()) {
                documents.putAll(stored.byReferences(view, names));
                if (part != null && view.equals(ViewFold.this.view)) {
                    documents.keySet().removeIf(key -> !part.test(key));
                }
            }
        }

        void fold(Recorded<E> event, Keys touched, Batch batch) {
            Set<String> targets = new LinkedHashSet<>(touched.direct());
            if (!touched.referring().isEmpty()) {
                documents.forEach(
                        (key, document) -> {
                            if (intersect(view.references(document), touched.referring())) {
                                targets.add(key);
                            }
                        });
            }
            View.Lookup lookup =
                    new View.Lookup() {
                        @Override
                        public <T> Optional<T> find(View<?, T> of, String key) {
                            requireRead(touched, of, key);
                            return batch.find(of, key);
                        }
                    };
            for (String key : targets) {
                if (!batch.detour.passes(view, key, event.position(), touched.reads())) {
                    fold(key, event, lookup);
                }
            }
        }

        private void fold(String key, Recorded<E> event, View.Lookup lookup) {
            @Nullable D before = documents.get(key);
            @Nullable D after;
            try {
                after = view.fold(key, before, event, lookup);
            } catch (RuntimeException e) {
                throw new ViewFoldException(view, key, event, e);
            }
            if (after == null) {
                documents.remove(key);
            } else {
                documents.put(key, after);
            }
            if (after != null || before != null) {
                changed.put(key, event.position());
            }
        }

        private void requireRead(Keys touched, View<?, ?> of, String key) {
            if (!touched.reads().contains(new Keys.Read(of, key))) {
                throw new IllegalArgumentException(
                        "view \"%s\" looked up \"%s\" in \"%s\" without asking for it; add"
                                        .formatted(view.name(), key, of.name())
                                + " .reading(…) to the keys of the event");
            }
        }

        void collectChanges(List<DocumentChange<?>> changes) {
            changed.forEach(
                    (key, position) -> {
                        @Nullable D document = documents.get(key);
                        Set<String> references =
                                document == null ? Set.of() : view.references(document);
                        changes.add(
                                new DocumentChange<>(view, key, document, references, position));
                    });
        }

        private static boolean intersect(Set<String> some, Set<String> others) {
            for (String one : some) {
                if (others.contains(one)) {
                    return true;
                }
            }
            return false;
        }
    }
}
