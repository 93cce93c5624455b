package dev.twofold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ViewFoldTest {
    private static final Brands BRANDS = new Brands();

    private final Pages pages = new Pages();
    private final ViewFold<Event> fold = new ViewFold<>(pages);
    private final Stored stored = new Stored();

    sealed interface Event {}

    record BrandNamed(String brand, String name) implements Event {}

    record ItemListed(String sku, String brand) implements Event {}

    record ItemGone(String sku) implements Event {}

    record BothTouched(String one, String other) implements Event {}

    record Page(String brand, String brandName, int touches) {}

    @Test
    void folds_lookups_before_the_view() {
        assertThat(fold.views()).containsExactly(BRANDS, pages);
    }

    @Test
    void looks_a_document_up_as_it_is_at_the_event_not_at_the_end_of_the_batch() {
        List<DocumentChange<?>> changes =
                fold(
                        new BrandNamed("acme", "Acme"),
                        new ItemListed("A1", "acme"),
                        new BrandNamed("acme", "Acme Inc."),
                        new ItemListed("A2", "acme"));

        assertThat(pages.seen).containsExactly("A1 sees Acme", "A2 sees Acme Inc.");
        assertThat(changes)
                .contains(
                        new DocumentChange<>(BRANDS, "acme", "Acme Inc.", Set.of(), 3),
                        new DocumentChange<>(
                                pages, "A1", new Page("acme", "Acme Inc.", 2), Set.of("acme"), 3),
                        new DocumentChange<>(
                                pages, "A2", new Page("acme", "Acme Inc.", 1), Set.of("acme"), 4));
    }

    @Test
    void reaches_documents_that_refer_to_a_name_stored_ones_and_new_ones() {
        stored.put(pages, "A0", new Page("acme", "Acme", 1));
        stored.put(pages, "B0", new Page("bolt", "Bolt", 1));

        List<DocumentChange<?>> changes =
                fold(new ItemListed("A1", "acme"), new BrandNamed("acme", "Acme Inc."));

        assertThat(changes)
                .filteredOn(change -> change.view().equals(pages))
                .extracting(DocumentChange::key)
                .containsExactlyInAnyOrder("A0", "A1");
    }

    @Test
    void no_longer_reaches_a_document_that_refers_to_another_name_by_then() {
        stored.put(pages, "A0", new Page("acme", "Acme", 1));

        List<DocumentChange<?>> changes =
                fold(new ItemListed("A0", "bolt"), new BrandNamed("acme", "Acme Inc."));

        assertThat(changes)
                .contains(
                        new DocumentChange<>(
                                pages, "A0", new Page("bolt", "?", 2), Set.of("bolt"), 1));
    }

    @Test
    void changes_each_document_once_a_batch_at_the_position_of_its_last_event() {
        List<DocumentChange<?>> changes =
                fold(
                        new ItemListed("A1", "acme"),
                        new ItemListed("A2", "acme"),
                        new ItemListed("A1", "bolt"));

        assertThat(changes)
                .containsExactly(
                        new DocumentChange<>(
                                pages, "A1", new Page("bolt", "?", 2), Set.of("bolt"), 3),
                        new DocumentChange<>(
                                pages, "A2", new Page("acme", "?", 1), Set.of("acme"), 2));
    }

    @Test
    void touches_several_documents_by_one_event() {
        assertThat(fold(new BothTouched("A1", "A2")))
                .extracting(DocumentChange::key)
                .containsExactlyInAnyOrder("A1", "A2");
    }

    @Test
    void deletes_a_document_and_makes_it_anew() {
        stored.put(pages, "A0", new Page("acme", "Acme", 5));

        assertThat(fold(new ItemGone("A0")))
                .containsExactly(new DocumentChange<>(pages, "A0", null, Set.of(), 1));
        assertThat(fold(new ItemGone("A0"), new ItemListed("A0", "bolt")))
                .containsExactly(
                        new DocumentChange<>(
                                pages, "A0", new Page("bolt", "?", 1), Set.of("bolt"), 2));
        assertThat(fold(new ItemListed("A9", "acme"), new ItemGone("A9")))
                .containsExactly(new DocumentChange<>(pages, "A9", null, Set.of(), 2));
    }

    @Test
    void changes_nothing_by_an_event_that_leaves_no_document_where_there_was_none() {
        assertThat(fold(new ItemGone("A9"))).isEmpty();
    }

    @Test
    void loads_the_documents_of_each_view_at_most_once_a_batch() {
        fold(
                new ItemListed("A1", "acme"),
                new ItemListed("A2", "acme"),
                new BrandNamed("acme", "Acme"),
                new BrandNamed("bolt", "Bolt"));

        assertThat(stored.loads)
                .containsExactly(
                        "brands by keys [acme, bolt]",
                        "pages by keys [A1, A2]",
                        "pages by references [acme, bolt]");
    }

    @Test
    void names_view_document_event_and_cause_when_a_fold_fails() {
        assertThatThrownBy(() -> fold(new ItemListed("A1", "acme"), new ItemListed("bad", "acme")))
                .isInstanceOf(ViewFoldException.class)
                .hasMessage(
                        "view \"pages\" revision 3 could not fold the ItemListed[sku=bad,"
                                + " brand=acme] at position 2 into document \"bad\":"
                                + " java.lang.IllegalStateException: a bad item")
                .hasRootCauseMessage("a bad item")
                .satisfies(
                        e -> {
                            ViewFoldException failure = (ViewFoldException) e;
                            assertThat(failure.view()).isEqualTo("pages");
                            assertThat(failure.key()).isEqualTo("bad");
                            assertThat(failure.position()).isEqualTo(2);
                        });
    }

    @Test
    void names_view_and_event_when_the_keys_cannot_be_told() {
        assertThatThrownBy(() -> fold(new ItemGone("keyless")))
                .isInstanceOf(ViewFoldException.class)
                .hasMessage(
                        "view \"pages\" revision 3 could not fold the ItemGone[sku=keyless] at"
                                + " position 1: java.lang.IllegalStateException: no key")
                .satisfies(e -> assertThat(((ViewFoldException) e).key()).isNull());
    }

    @Test
    void refuses_a_lookup_that_the_keys_did_not_ask_for() {
        assertThatThrownBy(() -> fold(new ItemListed("nosy", "acme")))
                .isInstanceOf(ViewFoldException.class)
                .hasMessageContaining(
                        "view \"pages\" looked up \"other\" in \"brands\" without asking for it;"
                                + " add .reading(…) to the keys of the event");
    }

    @Test
    void refuses_a_lookup_in_a_view_that_is_no_lookup() {
        assertThatThrownBy(() -> fold(new ItemListed("lost", "acme")))
                .isInstanceOf(ViewFoldException.class)
                .hasMessageContaining(
                        "view \"brands\" is not among the lookups; add it to lookups()");
    }

    @Test
    void folds_a_part_of_its_own_documents_and_all_that_it_looks_up() {
        stored.put(pages, "a1", new Page("acme", "Acme", 1));
        stored.put(pages, "b1", new Page("acme", "Acme", 1));

        assertThat(
                        fold(
                                fold.of(key -> key.startsWith("a")),
                                new ItemListed("a2", "acme"),
                                new ItemListed("b2", "acme"),
                                new BrandNamed("acme", "ACME"),
                                new BothTouched("a2", "b2")))
                .extracting(DocumentChange::key)
                .containsExactlyInAnyOrder("acme", "a1", "a2");
        assertThat(stored.loads).noneMatch(load -> load.contains("b2"));
    }

    private List<DocumentChange<?>> fold(Event... events) {
        return fold(fold, events);
    }

    private List<DocumentChange<?>> fold(ViewFold<Event> fold, Event... events) {
        return fold.fold(
                IntStream.rangeClosed(1, events.length)
                        .mapToObj(
                                i ->
                                        new Recorded<>(
                                                events[i - 1],
                                                i,
                                                0,
                                                Instant.EPOCH,
                                                Metadata.none()))
                        .toList(),
                stored);
    }

    /// Each brand's name.
    private static final class Brands implements View<Event, String> {
        @Override
        public String name() {
            return "brands";
        }

        @Override
        public int revision() {
            return 1;
        }

        @Override
        public Class<String> documentType() {
            return String.class;
        }

        @Override
        public Keys keys(Event event) {
            return event instanceof BrandNamed named ? Keys.of(named.brand()) : Keys.none();
        }

        @Override
        public @Nullable String fold(
                String key, @Nullable String name, Recorded<Event> event, Lookup lookup) {
            return event.event() instanceof BrandNamed named ? named.name() : name;
        }
    }

    /// Each item with the name of its brand, which it follows.
    private static final class Pages implements View<Event, Page> {
        private static final Brands STRANGE = new Brands();

        private final List<String> seen = new ArrayList<>();

        @Override
        public String name() {
            return "pages";
        }

        @Override
        public int revision() {
            return 3;
        }

        @Override
        public Class<Page> documentType() {
            return Page.class;
        }

        @Override
        public List<View<Event, ?>> lookups() {
            return List.of(BRANDS);
        }

        @Override
        public Set<String> references(Page page) {
            return Set.of(page.brand);
        }

        @Override
        public Keys keys(Event event) {
            return switch (event) {
                case ItemListed(var sku, var brand) when sku.equals("lost") ->
                        Keys.of(sku).reading(STRANGE, brand);
                case ItemListed(var sku, var brand) -> Keys.of(sku).reading(BRANDS, brand);
                case ItemGone(var sku) when sku.equals("keyless") ->
                        throw new IllegalStateException("no key");
                case ItemGone(var sku) -> Keys.of(sku);
                case BrandNamed(var brand, _) -> Keys.none().referring(brand);
                case BothTouched(var one, var other) -> Keys.of(one, other);
            };
        }

        @Override
        public @Nullable Page fold(
                String key, @Nullable Page page, Recorded<Event> event, Lookup lookup) {
            int touches = page == null ? 1 : page.touches + 1;
            return switch (event.event()) {
                case ItemListed(var sku, var brand) -> {
                    Optional<String> name = find(lookup, sku, brand);
                    name.ifPresent(found -> seen.add(sku + " sees " + found));
                    yield new Page(brand, name.orElse("?"), touches);
                }
                case BrandNamed(var brand, var name) -> new Page(brand, name, touches);
                case BothTouched _ -> new Page("none", "?", touches);
                case ItemGone _ -> null;
            };
        }

        private static Optional<String> find(Lookup lookup, String sku, String brand) {
            return switch (sku) {
                case "bad" -> throw new IllegalStateException("a bad item");
                case "nosy" -> lookup.find(BRANDS, "other");
                case "lost" -> lookup.find(STRANGE, brand);
                default -> lookup.find(BRANDS, brand);
            };
        }
    }

    /// Documents in a map, and what was asked of them.
    private static final class Stored implements Documents {
        private final Map<View<?, ?>, Map<String, Object>> documents = new HashMap<>();
        private final List<String> loads = new ArrayList<>();

        <D> void put(View<?, D> view, String key, D document) {
            documents.computeIfAbsent(view, _ -> new TreeMap<>()).put(key, document);
        }

        @Override
        public <D> Map<String, D> byKeys(View<?, D> view, Set<String> keys) {
            loads.add(view.name() + " by keys " + new TreeSet<>(keys));
            Map<String, D> found = new TreeMap<>(all(view));
            found.keySet().retainAll(keys);
            return found;
        }

        @Override
        public <D> Map<String, D> byReferences(View<?, D> view, Set<String> names) {
            loads.add(view.name() + " by references " + new TreeSet<>(names));
            Map<String, D> found = new TreeMap<>(all(view));
            found.values()
                    .removeIf(document -> Collections.disjoint(view.references(document), names));
            return found;
        }

        private <D> Map<String, D> all(View<?, D> view) {
            Map<String, D> all = new TreeMap<>();
            documents
                    .getOrDefault(view, Map.of())
                    .forEach((key, document) -> all.put(key, view.documentType().cast(document)));
            return all;
        }
    }
}
