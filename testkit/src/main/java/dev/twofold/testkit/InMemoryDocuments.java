package dev.twofold.testkit;

import dev.twofold.DocumentChange;
import dev.twofold.Documents;
import dev.twofold.View;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiPredicate;

/// The documents of views, in memory. Not safe for use by many threads.
public final class InMemoryDocuments implements Documents {
    private final Map<String, Map<String, Row>> views = new TreeMap<>();

    public InMemoryDocuments() {}

    /// Takes over what a fold made of a batch.
    public void apply(List<DocumentChange<?>> changes) {
        for (DocumentChange<?> change : changes) {
            Map<String, Row> rows =
                    views.computeIfAbsent(change.view().name(), _ -> new TreeMap<>());
            Object document = change.document();
            if (document == null) {
                rows.remove(change.key());
            } else {
                rows.put(change.key(), new Row(document, change.references(), change.position()));
            }
        }
    }

    public <D> Optional<D> find(View<?, D> view, String key) {
        return Optional.ofNullable(byKeys(view, Set.of(key)).get(key));
    }

    @Override
    public <D> Map<String, D> byKeys(View<?, D> view, Set<String> keys) {
        return where(view, (key, _) -> keys.contains(key));
    }

    @Override
    public <D> Map<String, D> byReferences(View<?, D> view, Set<String> names) {
        return where(view, (_, row) -> !Collections.disjoint(row.references, names));
    }

    /// All documents of a view, by their keys.
    public <D> Map<String, D> all(View<?, D> view) {
        return where(view, (_, _) -> true);
    }

    /// The rows of all views, to be compared.
    Map<String, Map<String, Row>> rows() {
        return views;
    }

    private <D> Map<String, D> where(View<?, D> view, BiPredicate<String, Row> wanted) {
        Map<String, D> found = new TreeMap<>();
        views.getOrDefault(view.name(), Map.of())
                .forEach(
                        (key, row) -> {
                            if (wanted.test(key, row)) {
                                found.put(key, view.documentType().cast(row.document));
                            }
                        });
        return found;
    }

    record Row(Object document, Set<String> references, long position) {}
}
