package dev.twofold.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.Append;
import dev.twofold.EventTypes;
import dev.twofold.InMemoryEventStore;
import dev.twofold.Keys;
import dev.twofold.LiveView;
import dev.twofold.LiveView.AsOf;
import dev.twofold.Metadata;
import dev.twofold.Query;
import dev.twofold.Tag;
import dev.twofold.ViewFold;
import dev.twofold.postgres.OrderEvent.CustomerRegistered;
import dev.twofold.postgres.OrderEvent.CustomerRenamed;
import dev.twofold.postgres.OrderEvent.ItemAdded;
import dev.twofold.postgres.OrderEvent.OrderCancelled;
import dev.twofold.postgres.OrderEvent.OrderPlaced;
import dev.twofold.postgres.OrderPageView.OrderPage;
import dev.twofold.testkit.InMemoryDocuments;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Documents that are folded from the log when they are asked for.
class LiveViewTest {
    private static final Instant NOON = Instant.parse("2026-11-01T12:00:00Z");
    private static final EventTypes<OrderEvent> TYPES =
            EventTypes.builder(OrderEvent.class, Shop.CODEC)
                    .event("customer-registered", 1, CustomerRegistered.class)
                    .event("customer-renamed", 1, CustomerRenamed.class)
                    .event("order-placed", 1, OrderPlaced.class)
                    .event("item-added", 1, ItemAdded.class)
                    .event("order-cancelled", 1, OrderCancelled.class)
                    .tags(LiveViewTest::tags)
                    .build();
    private static final OrderPageView PAGES =
            new OrderPageView("order-page", 1, OrderPageView.POISON);

    private final SetClock clock = new SetClock();
    private final InMemoryEventStore log = new InMemoryEventStore(clock);
    private final LiveView<OrderEvent, OrderPage> live =
            new LiveView<>(log, TYPES, PAGES, LiveViewTest::history);

    @Test
    void folds_a_document_with_what_it_looks_up_as_it_is_now() {
        record(0, new CustomerRegistered("c1", "Ada"), new OrderPlaced("o1", "c1"));
        record(5, new ItemAdded("o1", 3));

        assertThat(live.now("o1"))
                .contains(new AsOf<>(new OrderPage("c1", "Ada", 1, 3), 3, NOON.plusSeconds(5)));
        assertThat(live.now("o2")).isEmpty();
    }

    @Test
    void shows_a_document_as_it_was_with_the_names_of_then() {
        record(0, new CustomerRegistered("c1", "Ada"), new OrderPlaced("o1", "c1"));
        record(10, new CustomerRenamed("c1", "Ada L."));
        record(20, new OrderCancelled("o1"));

        assertThat(live.asOf("o1", NOON.minusNanos(1))).isEmpty();
        assertThat(live.asOf("o1", NOON.plusSeconds(9)).orElseThrow().document().customerName())
                .isEqualTo("Ada");
        assertThat(live.asOf("o1", NOON.plusSeconds(10)).orElseThrow().document().customerName())
                .isEqualTo("Ada L.");
        assertThat(live.asOf("o1", NOON.plusSeconds(20))).isEmpty();
        assertThat(live.asOf("o1", 2).orElseThrow().position()).isEqualTo(2);
    }

    @Test
    void keeps_to_the_order_of_the_log_when_the_clock_has_stepped_back() {
        record(0, new CustomerRegistered("c1", "Ada"), new OrderPlaced("o1", "c1"));
        record(60, new ItemAdded("o1", 1));
        record(30, new ItemAdded("o1", 2));

        assertThat(live.asOf("o1", NOON.plusSeconds(30)).orElseThrow().document().quantity())
                .isEqualTo(3);
        assertThat(live.asOf("o1", NOON.plusSeconds(29)).orElseThrow().document().quantity())
                .isZero();
    }

    /// At every position, a document is what a view in a table would have held then.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void is_at_each_position_what_a_table_held_then(long seed) {
        Random random = new Random(seed);
        ViewFold<OrderEvent> fold = new ViewFold<>(PAGES);
        InMemoryDocuments table = new InMemoryDocuments();
        for (int i = 0; i < 3; i++) {
            record(0, new CustomerRegistered("c" + i, "Customer " + i));
        }
        for (int position = 1; position <= 120; position++) {
            if (position > 3) {
                record(position, any(random));
            }
            table.apply(fold.fold(TYPES.decode(log.read(Query.all(), position - 1, 1)), table));
            for (int order = 0; order < 4; order++) {
                assertThat(live.now("o" + order).map(AsOf::document))
                        .as("seed %d, position %d", seed, position)
                        .isEqualTo(table.find(PAGES, "o" + order));
            }
        }
        InMemoryDocuments past = new InMemoryDocuments();
        for (int position = 1; position <= 120; position++) {
            past.apply(fold.fold(TYPES.decode(log.read(Query.all(), position - 1, 1)), past));
            assertThat(live.asOf("o1", position).map(AsOf::document))
                    .as("seed %d, position %d", seed, position)
                    .isEqualTo(past.find(PAGES, "o1"));
        }
    }

    private static OrderEvent any(Random random) {
        String order = "o" + random.nextInt(4);
        String customer = "c" + random.nextInt(3);
        return switch (random.nextInt(6)) {
            case 0 -> new OrderPlaced(order, customer);
            case 1, 2 -> new CustomerRenamed(customer, "Name " + random.nextInt(100));
            case 3 -> new OrderCancelled(order);
            default -> new ItemAdded(order, 1 + random.nextInt(9));
        };
    }

    private static Query history(Keys.Read document) {
        String name = document.view().equals(PAGES) ? "order" : "customer";
        return Query.tags(new Tag(name, document.key()));
    }

    private static Set<Tag> tags(OrderEvent event) {
        return switch (event) {
            case CustomerRegistered(var customer, _) -> Set.of(new Tag("customer", customer));
            case CustomerRenamed(var customer, _) -> Set.of(new Tag("customer", customer));
            case OrderPlaced(var order, _) -> Set.of(new Tag("order", order));
            case ItemAdded(var order, _) -> Set.of(new Tag("order", order));
            case OrderCancelled(var order) -> Set.of(new Tag("order", order));
        };
    }

    private void record(int second, OrderEvent... events) {
        clock.time = NOON.plusSeconds(second);
        for (OrderEvent event : events) {
            log.append(Append.of(List.of(TYPES.encode(event, Metadata.none()))));
        }
    }

    private static final class SetClock extends Clock {
        private Instant time = NOON;

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return time;
        }
    }
}
