package dev.twofold.postgres;

import dev.twofold.DocumentChange;
import dev.twofold.Documents;
import dev.twofold.Keys;
import dev.twofold.Recorded;
import dev.twofold.View;
import dev.twofold.ViewFold;
import dev.twofold.ViewFoldException;
import dev.twofold.postgres.Parking.TooManyWait;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/// Documents as folding the log makes them, in memory: chosen ones of a view, and all of the views
/// that it looks up.
///
/// An event that does not fit a document sets this aside as in a projection. Not safe for use by
/// many threads.
final class LiveFold<E> implements Documents, ViewFold.Detour {
    private final ViewFold<E> fold;
    private final View<?, ?> view;
    private final Predicate<String> chosen;
    private final Parking parking;
    private final Check check;
    private final Map<View<?, ?>, Shelf> shelves = new HashMap<>();

    /// @param chosen keys of the view
    LiveFold(ViewFold<E> fold, Predicate<String> chosen, Parking parking, Check check) {
        this.fold = fold;
        this.view = fold.views().getLast();
        this.chosen = chosen;
        this.parking = parking;
        this.check = check;
        fold.views().forEach(each -> shelves.put(each, new Shelf()));
    }

    /// Lets the events take effect.
    ///
    /// @throws EventFailure if an event fits no document
    void take(List<Recorded<E>> events) throws EventFailure {
        while (true) {
            parking.restart();
            try {
                List<DocumentChange<?>> changes = fold.fold(events, this, this);
                for (DocumentChange<?> change : changes) {
                    check.of(change);
                }
                changes.forEach(change -> shelf(change.view()).put(change));
                parking.settle();
                return;
            } catch (ViewFoldException e) {
                park(EventFailure.of(e));
            } catch (EventFailure failure) {
                park(failure);
            } catch (TooManyWait e) {
                throw new EventFailure(e.position(), e);
            }
        }
    }

    private void park(EventFailure failure) throws EventFailure {
        DocumentName document = failure.document();
        if (document == null) {
            throw failure;
        }
        parking.park(document, failure);
    }

    /// Tells documents that could not be stored.
    interface Check {
        void of(DocumentChange<?> change) throws EventFailure;
    }

    Parking parking() {
        return parking;
    }

    /// What the log makes of a document; empty if there is none.
    Optional<DocumentChange<?>> document(DocumentName name) {
        for (View<E, ?> each : fold.views()) {
            if (each.name().equals(name.view())) {
                return Optional.ofNullable(shelf(each).documents.get(name.key()));
            }
        }
        return Optional.empty();
    }

    /// All documents of a view that were folded, by key.
    Map<String, DocumentChange<?>> documents(View<?, ?> of) {
        return shelf(of).documents;
    }

    @Override
    public boolean passes(View<?, ?> of, String key, long position, Set<Keys.Read> reads) {
        if (of.equals(view)) {
            if (!chosen.test(key)) {
                return true;
            }
            for (Keys.Read read : reads) {
                if (read.view().equals(view) && !chosen.test(read.key())) {
                    throw new NotChosen();
                }
            }
        }
        return parking.passes(of, key, position, reads);
    }

    /// The view looks up a document of its own that was not chosen: fold all of them.
    static final class NotChosen extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    @Override
    public <D> Map<String, D> byKeys(View<?, D> of, Set<String> keys) {
        Map<String, D> found = new HashMap<>();
        for (String key : keys) {
            shelf(of).find(of, key).ifPresent(document -> found.put(key, document));
        }
        return found;
    }

    @Override
    public <D> Map<String, D> byReferences(View<?, D> of, Set<String> names) {
        Set<String> keys = new HashSet<>();
        for (String name : names) {
            keys.addAll(shelf(of).byReference.getOrDefault(name, Set.of()));
        }
        return byKeys(of, keys);
    }

    private Shelf shelf(View<?, ?> of) {
        Shelf shelf = shelves.get(of);
        if (shelf == null) {
            throw new IllegalArgumentException(
                    "view \"%s\" is not folded here".formatted(of.name()));
        }
        return shelf;
    }

    /// The documents of one view.
    private static final class Shelf {
        private final Map<String, DocumentChange<?>> documents = new HashMap<>();
        private final Map<String, Set<String>> byReference = new HashMap<>();

        <D> Optional<D> find(View<?, D> of, String key) {
            DocumentChange<?> change = documents.get(key);
            return change == null
                    ? Optional.empty()
                    : Optional.ofNullable(change.document()).map(of.documentType()::cast);
        }

        void put(DocumentChange<?> change) {
            String key = change.key();
            DocumentChange<?> before =
                    change.document() == null ? documents.remove(key) : documents.put(key, change);
            if (before != null) {
                for (String name : before.references()) {
                    Set<String> keys = byReference.getOrDefault(name, Set.of());
                    keys.remove(key);
                    if (keys.isEmpty()) {
                        byReference.remove(name);
                    }
                }
            }
            if (change.document() != null) {
                for (String name : change.references()) {
                    byReference.computeIfAbsent(name, _ -> new HashSet<>()).add(key);
                }
            }
        }
    }
}
