package dev.twofold.postgres;

import dev.twofold.Append;
import dev.twofold.AppendOutcome;
import dev.twofold.Codec;
import dev.twofold.EventStore;
import dev.twofold.EventTypes;
import dev.twofold.InMemoryEventStore;
import dev.twofold.Metadata;
import dev.twofold.NewEvent;
import dev.twofold.UuidV7;
import dev.twofold.jackson.JacksonCodec;
import dev.twofold.postgres.OrderEvent.CustomerRegistered;
import dev.twofold.postgres.OrderEvent.CustomerRenamed;
import dev.twofold.postgres.OrderEvent.ItemAdded;
import dev.twofold.postgres.OrderEvent.OrderCancelled;
import dev.twofold.postgres.OrderEvent.OrderPlaced;
import dev.twofold.postgres.OrderPageView.OrderPage;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;

/// The log of a small shop, and the view of it that tests keep.
final class Shop {
    static final Codec CODEC = new JacksonCodec();
    static final EventTypes<OrderEvent> TYPES = types().build();
    private static final String DEFINITIONS =
            """
            ALTER TABLE ${table} ADD COLUMN quantity int
              GENERATED ALWAYS AS ((document ->> 'quantity')::int) STORED;
            CREATE INDEX ON ${table} (quantity, key);
            """;

    final EventStore log = new InMemoryEventStore(Clock.systemUTC());

    static EventTypes.Builder<OrderEvent> types() {
        return types(CODEC);
    }

    static EventTypes.Builder<OrderEvent> types(Codec codec) {
        return EventTypes.builder(OrderEvent.class, codec)
                .event("customer-registered", 1, CustomerRegistered.class)
                .event("customer-renamed", 1, CustomerRenamed.class)
                .event("order-placed", 1, OrderPlaced.class)
                .event("item-added", 1, ItemAdded.class)
                .event("order-cancelled", 1, OrderCancelled.class);
    }

    static ViewTable<OrderEvent, OrderPage> table(String name) {
        return table(new OrderPageView(name, 1, OrderPageView.POISON));
    }

    static ViewTable<OrderEvent, OrderPage> table(OrderPageView view) {
        return new ViewTable<>(view, CODEC, DEFINITIONS);
    }

    /// Appends each event, and returns the position of the last.
    long record(OrderEvent... events) {
        for (OrderEvent event : events) {
            append(encode(event));
        }
        return log.head();
    }

    /// Adds an item to an order so many times, each as an event.
    void addItems(String order, int times) {
        for (int i = 0; i < times; i++) {
            record(new ItemAdded(order, 1));
        }
    }

    static NewEvent encode(OrderEvent event) {
        return TYPES.encode(event, Metadata.none());
    }

    /// Appends an event that is none of a shop's.
    long recordOther() {
        return append(stored("weather-changed", "{}"));
    }

    /// Appends an event in its stored form.
    long append(NewEvent event) {
        AppendOutcome outcome = log.append(Append.of(List.of(event)));
        return ((AppendOutcome.Appended) outcome).lastPosition();
    }

    static NewEvent stored(String type, String data) {
        return new NewEvent(UuidV7.next(), null, type, 1, data, Set.of(), Metadata.none());
    }

    /// Appends a history in which all kinds of events meet few orders and customers often.
    void recordHistory(int length, long seed) {
        Random random = new Random(seed);
        List<OrderEvent> history = new ArrayList<>();
        for (int customer = 0; customer < 3; customer++) {
            history.add(new CustomerRegistered("c" + customer, "Customer " + customer));
        }
        for (int order = 0; order < 5; order++) {
            history.add(new OrderPlaced("o" + order, "c0"));
        }
        while (history.size() < length) {
            String order = "o" + random.nextInt(5);
            String customer = "c" + random.nextInt(3);
            history.add(
                    switch (random.nextInt(8)) {
                        case 0 -> new OrderPlaced(order, customer);
                        case 1, 2, 3, 4, 5 -> new ItemAdded(order, 1 + random.nextInt(9));
                        case 6 -> new CustomerRenamed(customer, "Name " + random.nextInt(100));
                        default -> new OrderCancelled(order);
                    });
        }
        for (OrderEvent event : history) {
            if (random.nextInt(6) == 0) {
                recordOther();
            }
            record(event);
        }
        recordOther();
    }
}
