package dev.twofold.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.Recorded;
import dev.twofold.kafka.ShopEvent.CustomerRegistered;
import dev.twofold.kafka.ShopEvent.DayEnded;
import dev.twofold.kafka.ShopEvent.ItemAdded;
import dev.twofold.kafka.ShopEvent.OrderPlaced;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A program that counts what was sold, from the topics, in a database of its own.
@Timeout(120)
class EventConsumerTest {
    private final ShopLog shop = new ShopLog();
    private final Sales sales = new Sales();

    @AfterEach
    void close() {
        sales.close();
        shop.close();
    }

    // quote: consumer
    EventConsumer<ShopEvent> consumer(String group) {
        return new EventConsumer<>(
                Broker.KAFKA.settings(),
                shop.topics,
                group,
                ShopEvent.TYPES,
                sales.dataSource,
                (connection, event) -> {
                    if (event.event() instanceof ItemAdded(String order, int quantity)) {
                        Sales.insert(connection, order, quantity, event.version());
                    }
                });
    }

    // end quote

    @Test
    void each_event_has_effect_once_whatever_joins_and_leaves() {
        shop.recordHistory(150);
        relayAll();
        try (EventConsumer<ShopEvent> first = consumer("sales")) {
            first.start();
            Broker.await(() -> sales.sold().size() > 10);
            try (EventConsumer<ShopEvent> second = consumer("sales")) {
                second.start();
                shop.recordHistory(150);
                relayAll();
                repeat();
                sales.await(shop);
            }
            shop.recordHistory(100);
            relayAll();
            sales.await(shop);
        }
        try (EventConsumer<ShopEvent> third = consumer("sales")) {
            third.start();
            long last = shop.record(new ItemAdded("last", 1));
            assertThat(last).isPositive();
            relayAll();
            Broker.await(() -> sales.sold().stream().anyMatch(row -> row.startsWith("last")));
        }

        sales.assertEachOnceAndInOrder(shop);
    }

    @Test
    void an_event_that_fails_is_given_again_and_none_of_its_partition_before() throws Exception {
        AtomicBoolean broken = new AtomicBoolean(true);
        shop.record(
                new CustomerRegistered("7", "Ann"),
                new OrderPlaced("o1", "7"),
                new ItemAdded("o1", 1),
                new ItemAdded("o1", 2),
                new ItemAdded("o1", 3));
        relayAll();
        try (EventConsumer<ShopEvent> consumer =
                new EventConsumer<>(
                        Broker.KAFKA.settings(),
                        shop.topics,
                        "failing",
                        ShopEvent.TYPES,
                        sales.dataSource,
                        (connection, event) -> sell(connection, event, broken))) {
            consumer.start();
            Broker.await(
                    () ->
                            String.valueOf(consumer.failure()).contains("out of stock")
                                    && sales.sold().size() == 1);
            assertThat(sales.sold()).containsExactly("o1 1");

            broken.set(false);
            Broker.await(() -> sales.sold().size() == 3);
            assertThat(sales.sold()).containsExactly("o1 1", "o1 2", "o1 3");
            Broker.await(() -> consumer.failure() == null);
            assertThat(consumer.forget(Duration.ofDays(1))).isZero();
        }
    }

    /// A topic that was not there when it joined is found when it looks for topics the next time.
    @Test
    void takes_the_topics_of_all_categories_in_those_that_are_made_later_too() {
        Topics topics = shop.topicsByCategory();
        RelaySettings settings = RelaySettings.to(topics);
        Map<String, Object> curious = new HashMap<>(Broker.KAFKA.settings());
        curious.put("metadata.max.age.ms", 300);
        long customers = shop.record(new CustomerRegistered("7", "Ann"), new DayEnded("Monday"));
        relayAll(settings);
        try (EventConsumer<ShopEvent> consumer =
                new EventConsumer<>(
                        curious,
                        topics,
                        "by-category",
                        ShopEvent.TYPES,
                        sales.dataSource,
                        (connection, event) ->
                                Sales.insert(
                                        connection,
                                        event.event().getClass().getSimpleName(),
                                        Math.toIntExact(event.position()),
                                        event.version()))) {
            consumer.start();
            Broker.await(() -> sales.sold().size() == customers);
            shop.record(new OrderPlaced("o1", "7"), new ItemAdded("o1", 1), new ItemAdded("o1", 2));
            relayAll(settings);
            Broker.await(() -> sales.sold().size() >= shop.store.head());
        }
        assertThat(sales.sold())
                .containsExactlyInAnyOrder(
                        "CustomerRegistered 1",
                        "DayEnded 2",
                        "OrderPlaced 3",
                        "ItemAdded 4",
                        "ItemAdded 5")
                .containsSubsequence("OrderPlaced 3", "ItemAdded 4", "ItemAdded 5");
        assertThat(Broker.records(topics).keySet())
                .extracting(TopicPartition::topic)
                .containsOnly(
                        topics.base() + ".customer",
                        topics.base() + ".-",
                        topics.base() + ".order");
    }

    private static void sell(Connection connection, Recorded<ShopEvent> event, AtomicBoolean broken)
            throws SQLException {
        if (event.event() instanceof ItemAdded(String order, int quantity)) {
            Sales.insert(connection, order, quantity, event.version());
            if (quantity == 2 && broken.get()) {
                throw new SQLException("out of stock");
            }
        }
    }

    private void relayAll() {
        relayAll(shop.settings());
    }

    private void relayAll(RelaySettings settings) {
        try (Relay relay = shop.relay(settings, step -> {})) {
            relay.start();
            Broker.await(() -> relay.status().position() == shop.store.head());
        }
    }

    /// Writes everything once more.
    private void repeat() {
        try (Producer<byte[], byte[]> producer = Broker.clients().producer()) {
            for (List<ConsumerRecord<byte[], byte[]>> all : Broker.records(shop.topics).values()) {
                for (ConsumerRecord<byte[], byte[]> record : all) {
                    var _ =
                            producer.send(
                                    new ProducerRecord<>(
                                            record.topic(),
                                            record.partition(),
                                            record.key(),
                                            record.value(),
                                            record.headers()));
                }
            }
        }
    }
}
