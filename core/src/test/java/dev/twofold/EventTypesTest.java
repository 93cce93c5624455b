package dev.twofold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class EventTypesTest {
    private final RememberingCodec codec = new RememberingCodec();

    sealed interface ShopEvent {}

    sealed interface ItemEvent extends ShopEvent {}

    record Listed(String sku, String name, String currency) implements ItemEvent {}

    record Priced(String sku, int cents, String currency) implements ItemEvent {}

    record Closed(String reason) implements ShopEvent {}

    /// How an item was listed first: with its price, and without a currency.
    record ListedAndPriced(String sku, String name, int cents) {}

    /// How a price was stored first: in whole euros.
    record PricedInEuros(String sku, int euros) {}

    record Clicked(String sku) {}

    @Test
    void stores_an_event_under_its_name_and_revision_with_stream_and_tags() {
        NewEvent stored =
                table().encode(new Priced("A1", 250, "EUR"), Metadata.none().withActor("ann"));

        assertThat(stored.type()).isEqualTo("item-priced");
        assertThat(stored.revision()).isEqualTo(3);
        assertThat(stored.stream()).isEqualTo(new StreamId("item", "A1"));
        assertThat(stored.tags()).containsExactly(new Tag("sku", "A1"));
        assertThat(stored.metadata().actor()).isEqualTo("ann");
        assertThat(table().decode(recorded(stored))).containsExactly(new Priced("A1", 250, "EUR"));
    }

    @Test
    void gives_each_event_an_id_of_its_own() {
        Closed closed = new Closed("night");

        assertThat(table().encode(closed, Metadata.none()).id())
                .isNotEqualTo(table().encode(closed, Metadata.none()).id());
    }

    @Test
    void decodes_a_list_with_what_the_log_knows_of_each_event() {
        NewEvent stored = table().encode(new Closed("night"), Metadata.none().withActor("ann"));
        RecordedEvent recorded = recorded(stored);

        assertThat(table().decode(List.of(recorded, recorded)))
                .hasSize(2)
                .containsOnly(
                        new Recorded<>(
                                new Closed("night"),
                                7,
                                2,
                                recorded.recordedAt(),
                                stored.metadata()));
    }

    @Test
    void lifts_a_past_revision_step_by_step() {
        assertThat(table().decode(past("item-priced", 1, new PricedInEuros("A1", 3))))
                .containsExactly(new Priced("A1", 300, "EUR"));
    }

    @Test
    void splits_a_past_event_into_several_which_may_be_past_ones_themselves() {
        assertThat(table().decode(past("item-listed", 1, new ListedAndPriced("A1", "Pear", 250))))
                .containsExactly(new Listed("A1", "Pear", "EUR"), new Priced("A1", 250, "EUR"));
        assertThat(
                        table().decode(
                                        List.of(
                                                past(
                                                        "item-listed",
                                                        1,
                                                        new ListedAndPriced("A1", "Pear", 250)))))
                .extracting(Recorded::position)
                .containsExactly(7L, 7L);
    }

    @Test
    void drops_a_past_event() {
        assertThat(table().decode(past("item-clicked", 1, new Clicked("A1")))).isEmpty();
    }

    @Test
    void reads_a_renamed_event_under_its_past_name() {
        EventTypes<Closed> renamed =
                EventTypes.builder(Closed.class, codec)
                        .event("shop-closed", 2, Closed.class)
                        .past("shut", 1, Shut.class, shut -> List.of(new Closed(shut.reason)))
                        .build();

        assertThat(renamed.decode(past("shut", 1, new Shut("night"))))
                .containsExactly(new Closed("night"));
        assertThat(renamed.names()).containsExactly("shop-closed", "shut");
    }

    record Shut(String reason) {}

    @Test
    void names_what_it_knows_when_a_revision_is_unknown() {
        assertThatThrownBy(() -> table().decode(past("item-priced", 9, new Clicked("A1"))))
                .isInstanceOf(UnknownEventException.class)
                .hasMessage(
                        "the event at position 7 is stored as \"item-priced\" revision 9, but this"
                            + " service knows only revisions [1, 2, 3] of it; run a version that"
                            + " has registered it");
    }

    @Test
    void names_what_it_knows_when_a_type_is_unknown() {
        assertThatThrownBy(() -> table().decode(past("item-sold", 1, new Clicked("A1"))))
                .isInstanceOf(UnknownEventException.class)
                .hasMessageContaining("\"item-sold\" revision 1")
                .hasMessageContaining(
                        "only the types [item-clicked, item-listed, item-priced, shop-closed]");
    }

    @Test
    void names_the_records_of_a_sealed_family_that_are_missing() {
        assertThatThrownBy(
                        () ->
                                EventTypes.builder(ShopEvent.class, codec)
                                        .event("item-listed", 1, Listed.class)
                                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "the event type table of ShopEvent lacks [Closed, Priced]; give each a"
                                + " stored name");
    }

    @Test
    void refuses_to_store_two_classes_under_one_name_and_revision() {
        assertThatThrownBy(
                        () ->
                                EventTypes.builder(ShopEvent.class, codec)
                                        .event("item", 1, Listed.class)
                                        .event("item", 1, Priced.class))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("event type \"item\" revision 1 is registered twice")
                .hasMessageContaining(Listed.class.getName() + " and " + Priced.class.getName());
    }

    @Test
    void refuses_to_store_one_class_under_two_names() {
        assertThatThrownBy(
                        () ->
                                EventTypes.builder(ShopEvent.class, codec)
                                        .event("item", 1, Listed.class)
                                        .event("thing", 2, Listed.class))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "%s is registered twice, as \"item\" revision 1 and \"thing\" revision 2",
                        Listed.class.getName());
    }

    @Test
    void refuses_a_revision_below_1() {
        assertThatThrownBy(
                        () ->
                                EventTypes.builder(ShopEvent.class, codec)
                                        .event("item", 0, Listed.class))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the revision of event type \"item\" is 1 or more, but was 0");
    }

    @Test
    void refuses_to_store_an_event_in_a_past_shape() {
        EventTypes<Object> open =
                EventTypes.builder(Object.class, codec)
                        .past("item-clicked", 1, Clicked.class, _ -> List.of())
                        .event("any", 1, Object.class)
                        .build();

        assertThatThrownBy(() -> open.encode(new Clicked("A1"), Metadata.none()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Clicked is not registered as a current event of Object");
    }

    @Test
    void says_so_when_an_event_is_lifted_to_an_unknown_class() {
        EventTypes<Closed> types =
                EventTypes.builder(Closed.class, codec)
                        .event("shop-closed", 2, Closed.class)
                        .past("shut", 1, Shut.class, shut -> List.of(new Clicked(shut.reason)))
                        .build();

        assertThatThrownBy(() -> types.decode(past("shut", 1, new Shut("night"))))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("an event was lifted to " + Clicked.class.getName());
    }

    @Test
    void narrows_the_table_to_a_part_of_the_family() {
        EventTypes<ItemEvent> items = table().narrow(ItemEvent.class);

        assertThat(items.names()).containsExactly("item-clicked", "item-listed", "item-priced");
        assertThat(items.decode(past("item-listed", 1, new ListedAndPriced("A1", "Pear", 250))))
                .hasSize(2);
    }

    @Test
    void passes_over_what_a_past_event_became_outside_the_part() {
        EventTypes<Priced> prices = table().narrow(Priced.class);

        assertThat(prices.decode(past("item-listed", 1, new ListedAndPriced("A1", "Pear", 250))))
                .containsExactly(new Priced("A1", 250, "EUR"));
    }

    @Test
    void refuses_a_current_event_outside_the_part() {
        EventTypes<ItemEvent> items = table().narrow(ItemEvent.class);
        RecordedEvent closed = recorded(table().encode(new Closed("night"), Metadata.none()));

        assertThatThrownBy(() -> items.decode(closed))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "the event at position 7 is a Closed, which is no ItemEvent; ask the log"
                                + " only for the names of this table");
    }

    private EventTypes<ShopEvent> table() {
        return EventTypes.builder(ShopEvent.class, codec)
                .event("item-listed", 2, Listed.class)
                .past(
                        "item-listed",
                        1,
                        ListedAndPriced.class,
                        old ->
                                List.of(
                                        new Listed(old.sku, old.name, "EUR"),
                                        new PricedWithoutCurrency(old.sku, old.cents)))
                .event("item-priced", 3, Priced.class)
                .past(
                        "item-priced",
                        2,
                        PricedWithoutCurrency.class,
                        old -> List.of(new Priced(old.sku, old.cents, "EUR")))
                .past(
                        "item-priced",
                        1,
                        PricedInEuros.class,
                        old -> List.of(new PricedWithoutCurrency(old.sku, 100 * old.euros)))
                .past("item-clicked", 1, Clicked.class, _ -> List.of())
                .event("shop-closed", 1, Closed.class)
                .stream(EventTypesTest::stream)
                .tags(event -> event instanceof Priced p ? Set.of(new Tag("sku", p.sku)) : Set.of())
                .build();
    }

    record PricedWithoutCurrency(String sku, int cents) {}

    private static @Nullable StreamId stream(ShopEvent event) {
        return switch (event) {
            case Listed listed -> new StreamId("item", listed.sku);
            case Priced priced -> new StreamId("item", priced.sku);
            case Closed _ -> null;
        };
    }

    private RecordedEvent past(String name, int revision, Object event) {
        return recorded(
                new NewEvent(
                        UuidV7.next(),
                        null,
                        name,
                        revision,
                        codec.encode(event),
                        Set.of(),
                        Metadata.none()));
    }

    private static RecordedEvent recorded(NewEvent event) {
        return new RecordedEvent(
                7,
                event.id(),
                event.stream(),
                2,
                event.type(),
                event.revision(),
                event.data(),
                event.tags(),
                event.metadata(),
                Instant.parse("2026-11-01T10:15:30Z"));
    }
}
