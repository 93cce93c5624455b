package dev.twofold.postgres;

import dev.twofold.DocumentChange;
import dev.twofold.Documents;
import dev.twofold.View;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The documents that one transaction has loaded, as the events of page after page leave them: each
/// is loaded once, and what has changed is written once, at the end.
///
/// Not safe for use by many threads.
final class UnitOfWork {
    private final Map<View<?, ?>, Map<String, Optional<?>>> documents = new HashMap<>();
    private final Map<View<?, ?>, Map<String, DocumentChange<?>>> changes = new LinkedHashMap<>();
    private long length;

    /// The stored documents, except that those that are known here are as they are here.
    Documents over(Documents stored) {
        return new Documents() {
            @Override
            public <D> Map<String, D> byKeys(View<?, D> view, Set<String> keys) {
                Map<String, Optional<?>> known = known(view);
                Set<String> others = new HashSet<>(keys);
                others.removeAll(known.keySet());
                if (!others.isEmpty()) {
                    Map<String, D> loaded = stored.byKeys(view, others);
                    others.forEach(key -> known.put(key, Optional.ofNullable(loaded.get(key))));
                }
                Map<String, D> found = new HashMap<>();
                for (String key : keys) {
                    cast(view, known.getOrDefault(key, Optional.empty()))
                            .ifPresent(document -> found.put(key, document));
                }
                return found;
            }

            @Override
            public <D> Map<String, D> byReferences(View<?, D> view, Set<String> names) {
                Map<String, Optional<?>> known = known(view);
                stored.byReferences(view, names)
                        .forEach((key, each) -> known.putIfAbsent(key, Optional.of(each)));
                Map<String, D> found = new HashMap<>();
                known.forEach(
                        (key, each) ->
                                cast(view, each)
                                        .filter(document -> refers(view, document, names))
                                        .ifPresent(document -> found.put(key, document)));
                return found;
            }
        };
    }

    private static <D> boolean refers(View<?, D> view, D document, Set<String> names) {
        return !Collections.disjoint(view.references(document), names);
    }

    private static <D> Optional<D> cast(View<?, D> view, Optional<?> document) {
        return document.map(view.documentType()::cast);
    }

    private Map<String, Optional<?>> known(View<?, ?> view) {
        return documents.computeIfAbsent(view, _ -> new HashMap<>());
    }

    /// Takes in what a page has made of documents.
    void add(List<DocumentChange<?>> page) {
        know(page);
        for (DocumentChange<?> change : page) {
            changes.computeIfAbsent(change.view(), _ -> new LinkedHashMap<>())
                    .put(change.key(), change);
        }
    }

    /// Counts JSON that was read for it, in characters.
    void read(long json) {
        length += json;
    }

    /// One in which the documents that have changed here are known as they are here, for pages
    /// behind.
    UnitOfWork next() {
        UnitOfWork next = new UnitOfWork();
        changes.values().forEach(each -> next.know(each.values()));
        return next;
    }

    private void know(Collection<DocumentChange<?>> changed) {
        for (DocumentChange<?> change : changed) {
            known(change.view()).put(change.key(), Optional.ofNullable(change.document()));
        }
    }

    /// Characters of JSON that were read for it.
    long length() {
        return length;
    }

    /// What has changed, each document once.
    List<DocumentChange<?>> changes() {
        List<DocumentChange<?>> all = new ArrayList<>();
        changes.values().forEach(each -> all.addAll(each.values()));
        return all;
    }
}
