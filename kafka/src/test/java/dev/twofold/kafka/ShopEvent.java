package dev.twofold.kafka;

import dev.twofold.EventTypes;
import dev.twofold.StreamId;
import dev.twofold.Tag;
import dev.twofold.jackson.JacksonCodec;
import java.util.Set;

/// What happens to the orders of a small shop, and to the customers who place them: streams of two
/// categories.
sealed interface ShopEvent {
    record CustomerRegistered(String customer, String name) implements ShopEvent {}

    record CustomerRenamed(String customer, String name) implements ShopEvent {}

    record OrderPlaced(String order, String customer) implements ShopEvent {}

    record ItemAdded(String order, int quantity) implements ShopEvent {}

    /// In no stream.
    record DayEnded(String day) implements ShopEvent {}

    JacksonCodec CODEC = new JacksonCodec();
    EventTypes<ShopEvent> TYPES =
            EventTypes.builder(ShopEvent.class, CODEC)
                    .event("customer-registered", 1, CustomerRegistered.class)
                    .event("customer-renamed", 1, CustomerRenamed.class)
                    .event("order-placed", 1, OrderPlaced.class)
                    .event("item-added", 2, ItemAdded.class)
                    .event("day-ended", 1, DayEnded.class)
                    .stream(
                            event ->
                                    switch (event) {
                                        case CustomerRegistered(String customer, _) ->
                                                new StreamId("customer", customer);
                                        case CustomerRenamed(String customer, _) ->
                                                new StreamId("customer", customer);
                                        case OrderPlaced(String order, _) ->
                                                new StreamId("order", order);
                                        case ItemAdded(String order, _) ->
                                                new StreamId("order", order);
                                        case DayEnded _ -> null;
                                    })
                    .tags(
                            event ->
                                    switch (event) {
                                        case OrderPlaced(_, String customer) ->
                                                Set.of(
                                                        new Tag("by", customer),
                                                        new Tag("odd", "a b%20c"));
                                        default -> Set.of();
                                    })
                    .build();
}
