package dev.twofold.postgres;

import dev.twofold.DocumentChange;
import dev.twofold.Documents;
import dev.twofold.View;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The documents that one transaction has loaded, as the events of page after page leave them: each
/// is loaded once, and what has changed is written once, at the end.
///
/// Not safe for use by many threads.
final class UnitOfWork {
    private final Map<View<?, ?>, Map<String, Known>> documents = new HashMap<>();
    private long length;

    /// A document, or that there is none; and what has become of it that is to be written.
    private static final class Known {
        private @Nullable Object document;
        private @Nullable DocumentChange<?> change;

        Known(@Nullable Object stored) {
            document = stored;
        }

        void change(DocumentChange<?> made) {
            document = made.document();
            change = made;
        }

        <D> @Nullable D document(View<?, D> view) {
            return view.documentType().cast(document);
        }
    }

    /// The stored documents, except that those that are known here are as they are here.
    Documents over(Documents stored) {
        return new Documents() {
            @Override
            public <D> Map<String, D> byKeys(View<?, D> view, Set<String> keys) {
                Map<String, Known> known = known(view);
                Map<String, D> found = HashMap.newHashMap(keys.size());
                Set<String> others = new HashSet<>();
                for (String key : keys) {
                    Known here = known.get(key);
                    @Nullable D document = here == null ? null : here.document(view);
                    if (here == null) {
                        others.add(key);
                    } else if (document != null) {
                        found.put(key, document);
                    }
                }
                if (!others.isEmpty()) {
                    Map<String, D> loaded = stored.byKeys(view, others);
                    others.forEach(key -> known.put(key, new Known(loaded.get(key))));
                    found.putAll(loaded);
                }
                return found;
            }

            @Override
            public <D> Map<String, D> byReferences(View<?, D> view, Set<String> names) {
                Map<String, Known> known = known(view);
                stored.byReferences(view, names)
                        .forEach((key, each) -> known.putIfAbsent(key, new Known(each)));
                Map<String, D> found = new HashMap<>();
                known.forEach(
                        (key, each) -> {
                            @Nullable D document = each.document(view);
                            if (document != null && refers(view, document, names)) {
                                found.put(key, document);
                            }
                        });
                return found;
            }
        };
    }

    private static <D> boolean refers(View<?, D> view, D document, Set<String> names) {
        return !Collections.disjoint(view.references(document), names);
    }

    private Map<String, Known> known(View<?, ?> view) {
        return documents.computeIfAbsent(view, _ -> new HashMap<>());
    }

    /// Takes in what a page has made of documents.
    void add(List<DocumentChange<?>> page) {
        for (DocumentChange<?> change : page) {
            known(change.view()).computeIfAbsent(change.key(), _ -> new Known(null)).change(change);
        }
    }

    /// Counts JSON that was read for it, in characters.
    void read(long json) {
        length += json;
    }

    /// Characters of JSON that were read for it.
    long length() {
        return length;
    }

    /// What has changed, each document once.
    List<DocumentChange<?>> changes() {
        List<DocumentChange<?>> all = new ArrayList<>();
        for (Map<String, Known> known : documents.values()) {
            for (Known each : known.values()) {
                if (each.change != null) {
                    all.add(each.change);
                }
            }
        }
        return all;
    }

    /// Begins anew with the documents that have changed, known as they are, for pages behind;
    /// forgets the others.
    void carryOver() {
        length = 0;
        for (Map<String, Known> known : documents.values()) {
            known.values().removeIf(each -> each.change == null);
            known.values().forEach(each -> each.change = null);
        }
    }
}
