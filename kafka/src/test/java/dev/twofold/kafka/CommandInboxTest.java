package dev.twofold.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.CommandHandler;
import dev.twofold.CommandOutcome;
import dev.twofold.Decider;
import dev.twofold.Decision;
import dev.twofold.EventSourcedHandler;
import dev.twofold.Metadata;
import dev.twofold.Query;
import dev.twofold.StreamId;
import dev.twofold.kafka.ShopEvent.ItemAdded;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.v1.CloudEventBuilder;
import io.cloudevents.kafka.KafkaMessageFactory;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Orders that come as messages of another system.
@Timeout(120)
class CommandInboxTest {
    private record AddItem(String order, int quantity) {}

    /// An order has at most ten items.
    private static final class OrderDecider
            implements Decider<AddItem, Integer, ShopEvent, String> {
        @Override
        public Integer initial() {
            return 0;
        }

        @Override
        public Decision<ShopEvent, String> decide(AddItem command, Integer items) {
            return items >= 10
                    ? Decision.refuse("full")
                    : Decision.accept(new ItemAdded(command.order, command.quantity));
        }

        @Override
        public Integer evolve(Integer items, ShopEvent event) {
            return items + 1;
        }
    }

    private final ShopLog shop = new ShopLog();
    private final String topic = "orders-" + shop.epoch;
    private final EventSourcedHandler<AddItem, Integer, ShopEvent, String> handler =
            new EventSourcedHandler<>(
                    shop.store,
                    ShopEvent.TYPES,
                    new OrderDecider(),
                    command -> Query.stream(new StreamId("order", command.order)));

    @BeforeEach
    void create() throws Exception {
        try (Admin admin = Broker.clients().admin()) {
            admin.createTopics(List.of(new NewTopic(topic, 2, (short) 1))).all().get();
        }
    }

    @AfterEach
    void close() {
        shop.close();
    }

    // quote: inbox
    CommandInbox inbox() {
        return new CommandInbox(
                Broker.KAFKA.settings(),
                topic,
                "orders",
                (key, message) -> {
                    CommandHandler<AddItem, Integer, String> once =
                            handler.once(key, decision -> "done");
                    return once.handle(command(message), Metadata.none());
                });
    }

    // end quote

    @Test
    void a_message_has_one_effect_however_often_it_comes() {
        for (int i = 0; i < 20; i++) {
            send(message("m" + i % 7, "o" + i % 7, 1));
        }
        try (CommandInbox inbox = inbox()) {
            inbox.start();
            Broker.await(() -> shop.store.head() == 7);
            send(message("m3", "o3", 1));
            send(message("another", "o3", 1));
            Broker.await(() -> shop.store.head() == 8);
        }
        try (CommandInbox again = inbox()) {
            again.start();
            send(message("m3", "o3", 1));
            send(message("yet-another", "o3", 1));
            Broker.await(() -> shop.store.head() == 9);
        }
        assertThat(shop.store.head()).isEqualTo(9);
    }

    /// As if the process ended before it could tell the broker how far it has come.
    @Test
    void a_message_has_one_effect_though_its_handling_is_not_known_to_have_worked() {
        Set<String> lost = ConcurrentHashMap.newKeySet();
        for (int i = 0; i < 3; i++) {
            send(message("m" + i, "o1", 1 + i));
        }
        try (CommandInbox inbox =
                new CommandInbox(
                        Broker.KAFKA.settings(),
                        topic,
                        "forgetful",
                        (key, message) -> {
                            CommandOutcome<?, ?> outcome =
                                    handler.once(key, decision -> "done")
                                            .handle(command(message), Metadata.none());
                            if (lost.add(key)) {
                                throw new IllegalStateException("lost on the way");
                            }
                            return outcome;
                        })) {
            inbox.start();
            Broker.await(() -> shop.store.head() == 3);
        }
        assertThat(lost).hasSize(3);
        assertThat(ShopEvent.TYPES.decode(shop.events()))
                .extracting(one -> one.event())
                .containsExactly(
                        new ItemAdded("o1", 1), new ItemAdded("o1", 2), new ItemAdded("o1", 3));
    }

    @Test
    void one_that_cannot_be_read_is_put_aside_and_one_that_is_refused_is_done_with() {
        for (int i = 0; i < 12; i++) {
            send(message("m" + i, "o1", 1));
        }
        send(message("bad", "o1", -1));
        send(new ProducerRecord<>(topic, "o1".getBytes(UTF_8), "junk".getBytes(UTF_8)));
        send(message("other", "o2", 1));
        try (CommandInbox inbox = inbox()) {
            inbox.start();
            Broker.await(() -> shop.store.head() == 11);
            Broker.await(() -> rejected().size() == 2);
        }
        assertThat(shop.store.head()).isEqualTo(11);
        assertThat(rejected().getFirst()).contains("nobody adds -1");
    }

    @Test
    void waits_while_the_store_has_too_much_to_do() {
        AtomicBoolean busy = new AtomicBoolean(true);
        AtomicInteger refused = new AtomicInteger();
        send(message("m1", "o1", 1));
        send(message("m2", "o1", 2));
        try (CommandInbox inbox =
                new CommandInbox(
                        Broker.KAFKA.settings(),
                        topic,
                        "busy",
                        (key, message) -> {
                            if (busy.get()) {
                                refused.incrementAndGet();
                                return new CommandOutcome.Overloaded<>(Duration.ofMillis(1));
                            }
                            return handler.once(key, decision -> "done")
                                    .handle(command(message), Metadata.none());
                        })) {
            inbox.start();
            Broker.await(() -> refused.get() >= 3);
            assertThat(shop.store.head()).isZero();
            busy.set(false);
            Broker.await(() -> shop.store.head() == 2);
        }
        assertThat(ShopEvent.TYPES.decode(shop.events()))
                .extracting(one -> one.event())
                .containsExactly(new ItemAdded("o1", 1), new ItemAdded("o1", 2));
    }

    private static AddItem command(CloudEvent message) {
        String text = new String(requireNonNull(message.getData()).toBytes(), UTF_8);
        int blank = text.indexOf(' ');
        int quantity = Integer.parseInt(text.substring(blank + 1));
        if (quantity < 0) {
            throw new IllegalArgumentException("nobody adds " + quantity);
        }
        return new AddItem(text.substring(0, blank), quantity);
    }

    private ProducerRecord<byte[], byte[]> message(String id, String order, int quantity) {
        CloudEvent event =
                new CloudEventBuilder()
                        .withId(id)
                        .withSource(URI.create("https://partner.example"))
                        .withType("example.add-item")
                        .withData("text/plain", (order + " " + quantity).getBytes(UTF_8))
                        .build();
        return KafkaMessageFactory.createWriter(topic, null, null, order.getBytes(UTF_8))
                .writeBinary(event);
    }

    private static void send(ProducerRecord<byte[], byte[]> record) {
        try (Producer<byte[], byte[]> producer = Broker.clients().producer()) {
            var _ = producer.send(record);
        }
    }

    private List<String> rejected() {
        return Broker.records(topic + "-rejected").stream().map(CommandInboxTest::reason).toList();
    }

    private static String reason(ConsumerRecord<byte[], byte[]> record) {
        return new String(record.headers().lastHeader("twofold-reason").value(), UTF_8);
    }
}
