package dev.twofold.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twofold.Lease;
import dev.twofold.Query;
import dev.twofold.RecordedEvent;
import dev.twofold.kafka.Message.Event;
import dev.twofold.kafka.Message.Watermark;
import dev.twofold.kafka.ShopEvent.CustomerRegistered;
import dev.twofold.kafka.ShopEvent.DayEnded;
import dev.twofold.kafka.ShopEvent.ItemAdded;
import dev.twofold.kafka.ShopEvent.OrderPlaced;
import java.net.URI;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class RelayTest {
    private final ShopLog shop = new ShopLog();

    @AfterEach
    void close() {
        shop.close();
    }

    @Test
    void publishes_an_event_as_a_cloud_event_in_binary_mode() {
        shop.record(new CustomerRegistered("7", "Ann"), new OrderPlaced("o1", "7"));
        RecordedEvent order = shop.events().getLast();
        List<EventSchema> schemas =
                List.of(EventSchema.of("order-placed", 1, "{\"type\":\"object\"}"));

        relayAll(shop.settings().withSchemas(schemas, "https://shop.example/schemas/"));

        ConsumerRecord<byte[], byte[]> record = find(order.position());
        Map<String, String> headers = new TreeMap<>();
        record.headers().forEach(h -> headers.put(h.key(), new String(h.value(), UTF_8)));
        assertThat(new String(record.key(), UTF_8)).isEqualTo("order-o1");
        assertThat(new String(record.value(), UTF_8)).isEqualTo(order.data());
        assertThat(headers)
                .containsExactlyInAnyOrderEntriesOf(
                        Map.ofEntries(
                                Map.entry("ce_specversion", "1.0"),
                                Map.entry("ce_id", order.id().toString()),
                                Map.entry("ce_source", "urn:uuid:" + shop.epoch),
                                Map.entry("ce_type", "order-placed.v1"),
                                Map.entry("ce_subject", "order-o1"),
                                Map.entry(
                                        "ce_time",
                                        DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(
                                                order.recordedAt().atOffset(ZoneOffset.UTC))),
                                Map.entry("content-type", "application/json"),
                                Map.entry(
                                        "ce_dataschema",
                                        "https://shop.example/schemas/order-placed.v1"),
                                Map.entry("ce_position", "2"),
                                Map.entry("ce_streamversion", "1"),
                                Map.entry("ce_tags", "by:7 odd:a%20b%2520c"),
                                Map.entry("ce_correlation", "corr"),
                                Map.entry("ce_causation", "cause"),
                                Map.entry("ce_actor", "ann"),
                                Map.entry("ce_traceparent", ShopLog.KNOWN.trace())));
        assertThat(schemasByName()).isEqualTo(Map.of("order-placed.v1", "{\"type\":\"object\"}"));
    }

    private Map<String, String> schemasByName() {
        Map<String, String> schemas = new HashMap<>();
        for (ConsumerRecord<byte[], byte[]> record : Broker.records(shop.topics.schemas())) {
            schemas.put(new String(record.key(), UTF_8), new String(record.value(), UTF_8));
        }
        return schemas;
    }

    @Test
    void publishes_whole_cloud_events_in_structured_mode() {
        shop.record(new CustomerRegistered("7", "Ann \"quoted\" Ä"));
        RecordedEvent event = shop.events().getLast();

        relayAll(shop.settings().inStructuredMode().from(URI.create("https://shop.example")));

        ConsumerRecord<byte[], byte[]> record = find(event.position());
        assertThat(new String(record.value(), UTF_8))
                .contains("\"specversion\":\"1.0\"")
                .contains("\"source\":\"https://shop.example\"")
                .contains("\"data\":" + event.data());
        assertThat(EventMessages.read(record)).isEqualTo(new Event(event));
    }

    @Test
    void keeps_everything_that_the_log_knows_and_the_order_of_each_partition() {
        shop.recordHistory(700);

        relayAll(shop.settings());

        Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> records =
                Broker.records(shop.topics);
        List<RecordedEvent> found = new ArrayList<>();
        Map<String, TopicPartition> partitions = new HashMap<>();
        records.forEach(
                (partition, all) -> {
                    assertThat(Broker.positions(all)).isSorted().isNotEmpty();
                    for (ConsumerRecord<byte[], byte[]> record : all) {
                        if (EventMessages.read(record) instanceof Event(var event)) {
                            found.add(event);
                            TopicPartition before =
                                    partitions.putIfAbsent(EventMessages.key(event), partition);
                            assertThat(before).isIn(null, partition);
                        }
                    }
                });
        found.sort(Comparator.comparingLong(RecordedEvent::position));
        assertThat(found).isEqualTo(shop.events());
        assertThat(Broker.watermark(shop.topics)).isEqualTo(shop.store.head());
    }

    @Test
    void has_a_topic_for_each_category_when_asked_to() {
        Topics topics = shop.topicsByCategory();
        shop.record(new CustomerRegistered("7", "Ann"), new DayEnded("Monday"));
        try (Relay relay = shop.relay(RelaySettings.to(topics), step -> {})) {
            relay.start();
            Broker.await(() -> relay.status().position() == 2);
            shop.record(new OrderPlaced("o1", "7"), new ItemAdded("o1", 2));
            Broker.await(() -> relay.status().position() == 4);
        }

        Map<String, List<Long>> byTopic = new TreeMap<>();
        Broker.records(topics)
                .forEach(
                        (partition, records) ->
                                byTopic.computeIfAbsent(partition.topic(), t -> new ArrayList<>())
                                        .addAll(Broker.positions(records)));
        String base = topics.base();
        assertThat(byTopic)
                .isEqualTo(
                        Map.of(
                                base + ".customer", List.of(1L),
                                base + ".-", List.of(2L),
                                base + ".order", List.of(3L, 4L)));
        assertThat(Broker.watermark(topics)).isEqualTo(4);
    }

    @Test
    void leaves_events_out_and_says_how_far_the_topic_is_complete_all_the_same() {
        shop.record(
                new CustomerRegistered("7", "Ann"),
                new OrderPlaced("o1", "7"),
                new ItemAdded("o1", 2));

        relayAll(shop.settings().only(Query.types("order-placed")));

        assertThat(Broker.positions(shop.topics)).containsExactly(2L);
        assertThat(Broker.watermark(shop.topics)).isEqualTo(3);
    }

    @Test
    void replays_a_stretch_to_another_topic_and_goes_on_where_it_was() {
        shop.recordHistory(100);
        RelaySettings again =
                RelaySettings.to(Topics.one("again-" + shop.epoch).withPartitions(2)).after(40);

        long first = replay(again, 70);
        long second = replay(again, 90);

        assertThat(first).isEqualTo(70);
        assertThat(second).isEqualTo(90);
        assertThat(Broker.positions(again.topics())).isEqualTo(range(41, 90));
    }

    @Test
    void does_not_replay_to_the_topics_of_a_relay() {
        shop.recordHistory(10);
        relayAll(shop.settings());

        assertThatThrownBy(() -> replay(shop.settings(), 5))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a relay publishes to \"" + shop.topics.base());
        assertInOrderAndOnce(shop.topics, range(1, shop.store.head()));
    }

    private long replay(RelaySettings settings, long upTo) {
        List<Long> told = new ArrayList<>();
        long reached =
                Relay.replay(
                        shop.store,
                        shop.epoch,
                        shop.leases,
                        Broker.KAFKA.settings(),
                        settings,
                        upTo,
                        told::add);
        assertThat(told).isSorted().last().isEqualTo(reached);
        return reached;
    }

    @Test
    void publishes_what_is_appended_as_it_is_told_of_it() {
        Map<String, Object> kafka = Broker.KAFKA.settings();
        RelaySettings settings = RelaySettings.to(shop.topics);
        // quote: relay
        try (Relay relay = new Relay(shop.store, shop.epoch, shop.leases, kafka, settings)) {
            shop.store.onGrowth(relay::appended);
            relay.start();
            // end quote
            for (int i = 0; i < 5; i++) {
                long head = shop.recordHistory(10);
                Broker.await(() -> relay.status().position() == head);
            }
            assertThat(relay.status().active()).isTrue();
            assertThat(relay.status().lag()).isZero();
            assertThat(relay.status().published()).isEqualTo(shop.store.head());
        }
        assertInOrderAndOnce(shop.topics, range(1, shop.store.head()));
    }

    /// The broker ends in the middle of a page, and is away for longer than all that a client or a
    /// broker waits for: after that, more time makes no difference.
    @Test
    void loses_nothing_while_the_broker_is_away_and_tells_how_far_it_is_behind() {
        shop.recordHistory(50);
        Duration longest = Duration.ofSeconds(2);
        Map<String, Object> kafka = new HashMap<>();
        kafka.put("request.timeout.ms", 1_000);
        for (String timeout :
                List.of(
                        "delivery.timeout.ms",
                        "max.block.ms",
                        "transaction.timeout.ms",
                        "default.api.timeout.ms")) {
            kafka.put(timeout, (int) longest.toMillis());
        }
        AtomicBoolean armed = new AtomicBoolean();
        Consumer<RelayStep> stopOnce =
                step -> {
                    if (step == RelayStep.SENT && armed.compareAndSet(true, false)) {
                        Broker.KAFKA.stop();
                    }
                };
        try (Relay relay = shop.relay(kafka, RelaySettings.to(shop.topics), stopOnce)) {
            relay.start();
            Broker.await(() -> relay.status().position() == shop.store.head());
            armed.set(true);
            long head = shop.recordHistory(300);
            Broker.await(() -> relay.status().failure() != null);
            assertThat(relay.status().active()).isFalse();
            assertThat(relay.status().lag()).isPositive();
            Broker.await(() -> relay.status().behind().compareTo(longest.multipliedBy(2)) > 0);
            long later = shop.recordHistory(20);
            assertThat(later).isGreaterThan(head);
            Broker.KAFKA.restart();

            Broker.await(() -> relay.status().position() == later);
            assertThat(relay.status().lag()).isZero();
            assertThat(relay.status().failure()).isNull();
            assertThat(relay.status().behind()).isZero();
            assertThat(relay.status().published()).isEqualTo(later);
        }
        assertInOrderAndOnce(shop.topics, range(1, shop.store.head()));
        assertThat(Broker.watermark(shop.topics)).isEqualTo(shop.store.head());
    }

    @Test
    void repeats_how_far_the_topics_are_complete_while_nothing_happens() {
        long head = shop.recordHistory(5);
        RelaySettings settings =
                shop.settings().withTimes(Duration.ofSeconds(2), Duration.ofMillis(20));
        try (Relay relay = shop.relay(settings, step -> {})) {
            relay.start();
            Broker.await(
                    () -> {
                        var records = Broker.records(shop.topics).values();
                        return records.size() == shop.topics.partitions()
                                && records.stream().allMatch(r -> watermarks(r, head) > 3);
                    });
        }
        assertInOrderAndOnce(shop.topics, range(1, head));
    }

    private static long watermarks(List<ConsumerRecord<byte[], byte[]>> records, long at) {
        return records.stream()
                .map(EventMessages::read)
                .filter(message -> message instanceof Watermark w && w.position() == at)
                .count();
    }

    @Test
    void goes_on_from_the_noted_position_where_the_topics_show_less() {
        shop.recordHistory(30);
        RelaySettings settings = shop.settings();
        Lease lease =
                shop.leases
                        .take(settings.transactionalId(), "gone", Duration.ofMinutes(1))
                        .orElseThrow();
        assertThat(shop.leases.keep(lease, 20, Duration.ofMinutes(1))).isTrue();
        shop.leases.release(lease);

        relayAll(settings);

        assertThat(Broker.positions(shop.topics)).isEqualTo(range(21, shop.store.head()));
    }

    @Test
    void does_not_mix_two_logs_in_a_topic() {
        shop.recordHistory(5);
        relayAll(shop.settings());
        try (ShopLog other = new ShopLog()) {
            other.recordHistory(50);
            RelaySettings same = RelaySettings.to(shop.topics);
            try (Relay relay = other.relay(same, step -> {})) {
                relay.start();
                Broker.await(() -> relay.status().failure() != null);
                assertThat(relay.status().failure())
                        .contains("carry the log " + shop.epoch)
                        .contains("but this is the log " + other.epoch);
            }
        }
        assertInOrderAndOnce(shop.topics, range(1, shop.store.head()));
    }

    @Test
    void does_not_go_on_when_the_log_is_shorter_than_the_topic() {
        shop.recordHistory(20);
        relayAll(shop.settings());
        try (ShopLog restored = new ShopLog()) {
            restored.recordHistory(3);
            try (Relay relay =
                    new Relay(
                            restored.store,
                            shop.epoch,
                            restored.leases,
                            Broker.KAFKA.settings(),
                            shop.settings())) {
                relay.start();
                Broker.await(() -> relay.status().failure() != null);
                assertThat(relay.status().failure()).contains("restored from a backup");
            }
        }
    }

    @Test
    void goes_on_from_what_was_noted_when_the_topic_has_forgotten_it() throws Exception {
        shop.recordHistory(20);
        relayAll(shop.settings());
        try (var admin = Broker.clients().admin()) {
            Map<TopicPartition, RecordsToDelete> all = new HashMap<>();
            for (TopicPartition partition : Broker.records(shop.topics).keySet()) {
                all.put(partition, RecordsToDelete.beforeOffset(-1));
            }
            admin.deleteRecords(all).all().get();
        }
        long from = shop.store.head();
        shop.recordHistory(10);

        relayAll(shop.settings());

        assertThat(Broker.positions(shop.topics)).isEqualTo(range(from + 1, shop.store.head()));
    }

    private void relayAll(RelaySettings settings) {
        try (Relay relay = shop.relay(settings, step -> {})) {
            relay.start();
            Broker.await(() -> relay.status().position() == shop.store.head());
        }
    }

    private ConsumerRecord<byte[], byte[]> find(long position) {
        return Broker.records(shop.topics).values().stream()
                .flatMap(List::stream)
                .filter(
                        record ->
                                EventMessages.read(record) instanceof Event(var event)
                                        && event.position() == position)
                .findFirst()
                .orElseThrow();
    }

    static List<Long> range(long from, long to) {
        return LongStream.rangeClosed(from, to).boxed().toList();
    }

    static void assertInOrderAndOnce(Topics topics, List<Long> positions) {
        Broker.records(topics)
                .forEach(
                        (partition, records) ->
                                assertThat(Broker.positions(records))
                                        .as(partition.toString())
                                        .isSorted());
        assertThat(Broker.positions(topics)).isEqualTo(positions);
    }
}
