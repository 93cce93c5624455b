package dev.twofold.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.DocumentChange;
import dev.twofold.Documents;
import dev.twofold.View;
import dev.twofold.postgres.QuantityView.Quantity;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class UnitOfWorkTest {
    private static final QuantityView VIEW = new QuantityView("quantity", _ -> {});

    private final Stored stored = new Stored();
    private final UnitOfWork work = new UnitOfWork();
    private final Documents documents = work.over(stored);

    @Test
    void loads_each_document_once_and_what_is_not_there_too() {
        assertThat(find("a", "b", "none")).isEqualTo(Map.of("a", 1, "b", 2));

        assertThat(find("a", "none", "c")).isEqualTo(Map.of("a", 1, "c", 3));
        assertThat(stored.asked).containsExactly("a", "b", "c", "none");
        assertThat(stored.times).isEqualTo(4);
    }

    @Test
    void knows_a_document_as_it_was_changed_last() {
        work.add(List.of(change("a", 10), change("b", null)));
        work.add(List.of(change("a", 11)));

        assertThat(find("a", "b", "c")).isEqualTo(Map.of("a", 11, "c", 3));
        assertThat(stored.asked).containsExactly("c");
        assertThat(work.changes()).containsExactlyInAnyOrder(change("a", 11), change("b", null));
    }

    @Test
    void carries_over_only_what_has_changed_and_has_nothing_of_it_to_write() {
        find("c");
        work.read(100);
        work.add(List.of(change("a", 10), change("b", null)));
        work.carryOver();

        assertThat(work.length()).isZero();
        assertThat(work.changes()).isEmpty();
        stored.asked.clear();
        assertThat(find("a", "b", "c")).isEqualTo(Map.of("a", 10, "c", 3));
        assertThat(stored.asked).containsExactly("c");
    }

    private Map<String, Integer> find(String... keys) {
        Map<String, Integer> found = new HashMap<>();
        documents
                .byKeys(VIEW, Set.of(keys))
                .forEach((key, document) -> found.put(key, document.total()));
        return found;
    }

    private static DocumentChange<Quantity> change(String key, @Nullable Integer total) {
        return new DocumentChange<>(
                VIEW, key, total == null ? null : new Quantity(total), Set.of(), 1);
    }

    /// Three documents, and which have been asked for.
    private static final class Stored implements Documents {
        private static final Map<String, Quantity> ALL =
                Map.of("a", new Quantity(1), "b", new Quantity(2), "c", new Quantity(3));

        private final Set<String> asked = new TreeSet<>();
        private int times;

        @Override
        public <D> Map<String, D> byKeys(View<?, D> view, Set<String> keys) {
            asked.addAll(keys);
            times += keys.size();
            Map<String, D> found = new HashMap<>();
            for (String key : keys) {
                Quantity document = ALL.get(key);
                if (document != null) {
                    found.put(key, view.documentType().cast(document));
                }
            }
            return found;
        }

        @Override
        public <D> Map<String, D> byReferences(View<?, D> view, Set<String> names) {
            throw new UnsupportedOperationException();
        }
    }
}
