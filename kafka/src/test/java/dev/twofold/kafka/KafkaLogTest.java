package dev.twofold.kafka;

import static dev.twofold.kafka.RelayTest.assertInOrderAndOnce;
import static dev.twofold.kafka.RelayTest.range;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import dev.twofold.EventFeed;
import dev.twofold.EventStoreException;
import dev.twofold.EventTypes;
import dev.twofold.Query;
import dev.twofold.RecordedEvent;
import dev.twofold.kafka.Message.Watermark;
import dev.twofold.kafka.OrderPages.OrderPage;
import dev.twofold.kafka.ShopEvent.CustomerRegistered;
import dev.twofold.kafka.ShopEvent.CustomerRenamed;
import dev.twofold.kafka.ShopEvent.DayEnded;
import dev.twofold.kafka.ShopEvent.ItemAdded;
import dev.twofold.kafka.ShopEvent.OrderPlaced;
import dev.twofold.postgres.PartitionStatus;
import dev.twofold.postgres.PostgresLog;
import dev.twofold.postgres.Projection;
import dev.twofold.postgres.Projections;
import dev.twofold.postgres.ViewTable;
import dev.twofold.postgres.WaitOutcome;
import java.net.URI;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Projections that take in a log from its topic, into a database of their own.
@Timeout(120)
class KafkaLogTest {
    private static final ViewTable<ShopEvent, OrderPage> ORDERS =
            new ViewTable<>(new OrderPages(), ShopEvent.CODEC, "");

    static final List<Projection<?>> PROJECTIONS = List.of(Projection.of(ShopEvent.TYPES, ORDERS));

    private final ShopLog shop = new ShopLog();
    private final HikariDataSource node = ShopLog.emptyDatabase();

    @AfterEach
    void close() {
        node.close();
        shop.close();
    }

    /// How a log can be in Kafka.
    enum Form {
        ONE_TOPIC,
        BY_CATEGORY,
        STRUCTURED;

        RelaySettings of(ShopLog shop) {
            RelaySettings one = shop.settings();
            return switch (this) {
                case ONE_TOPIC -> one;
                case BY_CATEGORY ->
                        RelaySettings.to(shop.topicsByCategory())
                                .withTimes(one.lease(), one.heartbeat());
                case STRUCTURED -> one.inStructuredMode();
            };
        }
    }

    /// Relays bring it there, one after the other: the first one what is of one category only, and
    /// each other goes on where the topics are.
    @ParameterizedTest
    @EnumSource
    void a_projection_makes_of_the_topics_what_it_makes_of_the_log(Form form) throws Exception {
        RelaySettings settings = form.of(shop);
        try (KafkaLog feed = feed(settings.topics(), 100);
                Projections here = projections(node, feed);
                Projections there = projections(shop.dataSource, shop.store)) {
            for (int length : List.of(0, 400, 400)) {
                long before = shop.store.head();
                long after = shop.recordHistory(length);
                assertThat(relayAll(settings)).as("published").isEqualTo(after - before);
                await(feed);
                here.catchUp();
                there.catchUp();
                assertThat(contents(node)).isEqualTo(contents(shop.dataSource)).isNotEmpty();
            }
            assertThat(feed.epoch()).contains(shop.epoch);
            assertInOrderAndOnce(settings.topics(), range(1, shop.store.head()));

            here.rebuild("order-page");
            here.catchUp();
            assertThat(contents(node))
                    .as("read from the start")
                    .isEqualTo(contents(shop.dataSource));
        }
    }

    /// What an older version knows, but for what it has in place of the newest items.
    private static EventTypes.Builder<ShopEvent> older() {
        return EventTypes.builder(ShopEvent.class, ShopEvent.CODEC)
                .event("customer-registered", 1, CustomerRegistered.class)
                .event("customer-renamed", 1, CustomerRenamed.class)
                .event("order-placed", 1, OrderPlaced.class)
                .event("day-ended", 1, DayEnded.class)
                .wholeLog();
    }

    @Test
    void an_older_node_waits_for_a_newer_one_at_an_event_of_a_type_that_it_does_not_know()
            throws Exception {
        waitsForANewerNode(older().past("unused", 1, ItemAdded.class, List::of).build());
    }

    @Test
    void an_older_node_waits_for_a_newer_one_at_an_event_of_a_revision_that_it_does_not_know()
            throws Exception {
        waitsForANewerNode(older().event("item-added", 1, ItemAdded.class).build());
    }

    private void waitsForANewerNode(EventTypes<ShopEvent> known) throws Exception {
        long before = shop.record(new CustomerRegistered("7", "Ann"), new OrderPlaced("o1", "7"));
        shop.record(new ItemAdded("o1", 5));
        long last = shop.record(new OrderPlaced("o2", "7"), new ItemAdded("o2", 1));
        relayAll();
        try (KafkaLog feed = feed(100);
                Projections older =
                        new Projections(node, feed, List.of(Projection.of(known, ORDERS)));
                Projections newer = projections(node, feed);
                Projections there = projections(shop.dataSource, shop.store)) {
            await(feed);
            for (int i = 0; i < 3; i++) {
                older.catchUp();
                PartitionStatus stopped = older.status().getFirst();
                assertThat(stopped.position()).isEqualTo(before);
                assertThat(stopped.parked()).isZero();
                assertThat(stopped.reason())
                        .contains("position 3 is stored as \"item-added\" revision 2");
                assertThat(query(node, "SELECT key FROM order_page")).containsExactly("o1");
            }

            newer.catchUp();
            there.catchUp();
            assertThat(newer.status().getFirst().position()).isEqualTo(last);
            assertThat(newer.status().getFirst().reason()).isNull();
            assertThat(contents(node)).isEqualTo(contents(shop.dataSource)).hasSize(3);
        }
    }

    @Test
    void waiting_for_a_position_works_also_when_no_event_of_the_view_is_there() throws Exception {
        Map<String, Object> kafka = Broker.KAFKA.settings();
        List<Projection<?>> projections = PROJECTIONS;
        PostgresLog.follow(node, shop.epoch);
        try (Relay relay = shop.relay();
                // quote: node
                KafkaLog log = new KafkaLog(kafka, shop.topics);
                Projections here = new Projections(node, log, projections)) {
            log.onGrowth(here::appended);
            here.start();
            // end quote
            shop.store.onGrowth(relay::appended);
            relay.start();
            long placed =
                    shop.record(new CustomerRegistered("7", "Ann"), new OrderPlaced("o1", "7"));

            assertThat(here.await("order-page", placed, Broker.LONG))
                    .isEqualTo(new WaitOutcome.Reached(placed));
            assertThat(contents(node)).hasSize(2);

            long ended = shop.record(new DayEnded("Monday"));
            assertThat(here.await("order-page", ended, Broker.LONG))
                    .isEqualTo(new WaitOutcome.Reached(ended));
            assertThat(here.await("order-page", ended + 1, Duration.ofMillis(100)))
                    .isEqualTo(new WaitOutcome.TimedOut(ended));
        }
    }

    /// A customer's events and an order's are in different partitions, and the document of the
    /// order has what both say.
    @Test
    void no_document_is_older_than_its_token_though_it_comes_of_many_partitions() throws Exception {
        try (Relay relay = shop.relay();
                KafkaLog log = feed(20_000);
                Projections here = projections(node, log)) {
            shop.store.onGrowth(relay::appended);
            log.onGrowth(here::appended);
            relay.start();
            here.start();
            shop.record(new CustomerRegistered("7", "Ann"));
            for (int i = 0; i < 40; i++) {
                String name = "Ann " + i;
                shop.record(new CustomerRenamed("7", name));
                long placed = shop.record(new OrderPlaced("o" + i, "7"));

                assertThat(here.await("order-page", placed, Broker.LONG))
                        .isEqualTo(new WaitOutcome.Reached(placed));
                assertThat(
                                query(
                                        node,
                                        "SELECT document ->> 'customerThen' FROM order_page"
                                                + " WHERE key = 'o%d'".formatted(i)))
                        .containsExactly(name);
            }
        }
        assertThat(Broker.records(shop.topics).values())
                .as("partitions with events")
                .filteredOn(records -> !Broker.positions(records).isEmpty())
                .hasSizeGreaterThan(1);
    }

    @Test
    void waiting_works_while_most_partitions_have_no_events_at_all() throws Exception {
        try (Relay relay = shop.relay();
                KafkaLog log = feed(20_000);
                Projections here = projections(node, log)) {
            log.onGrowth(here::appended);
            relay.start();
            here.start();
            shop.record(new CustomerRegistered("7", "Ann"));
            for (int i = 0; i < 5; i++) {
                long last = shop.record(new CustomerRenamed("7", "Ann " + i));
                assertThat(here.await("order-page", last, Broker.LONG))
                        .isEqualTo(new WaitOutcome.Reached(last));
            }
        }
        assertThat(Broker.records(shop.topics).values())
                .filteredOn(records -> Broker.positions(records).isEmpty())
                .hasSize(2);
    }

    @Test
    void nodes_that_share_a_database_come_and_go_without_effect() throws Exception {
        try (Relay relay = shop.relay();
                KafkaLog one = feed(100);
                KafkaLog other = feed(50);
                Projections there = projections(shop.dataSource, shop.store)) {
            relay.start();
            try (Projections first = projections(node, one)) {
                one.onGrowth(first::appended);
                first.start();
                shop.recordHistory(300);
                try (Projections second = projections(node, other)) {
                    other.onGrowth(second::appended);
                    second.start();
                    long early = shop.recordHistory(300);
                    assertThat(second.await("order-page", early, Broker.LONG))
                            .isEqualTo(new WaitOutcome.Reached(early));
                    shop.recordHistory(300);
                } // leaves while there is work
                long last = shop.recordHistory(100);
                assertThat(first.await("order-page", last, Broker.LONG))
                        .isEqualTo(new WaitOutcome.Reached(last));
            }
            there.catchUp();

            assertThat(contents(node)).isEqualTo(contents(shop.dataSource));
        }
    }

    @Test
    void goes_on_where_it_was_after_a_restart_of_the_node_and_of_the_broker() throws Exception {
        shop.recordHistory(200);
        relayAll();
        try (KafkaLog feed = feed(50);
                Projections here = projections(node, feed)) {
            await(feed);
            here.catchUp();
        }
        shop.recordHistory(200);
        relayAll();
        try (KafkaLog feed = feed(50);
                Projections here = projections(node, feed);
                Projections there = projections(shop.dataSource, shop.store)) {
            await(feed);
            here.catchUp();
            Broker.KAFKA.stop();
            Broker.KAFKA.restart();
            shop.recordHistory(100);
            relayAll();
            Broker.await(() -> feed.head() == shop.store.head());
            here.catchUp();
            there.catchUp();

            assertThat(contents(node)).isEqualTo(contents(shop.dataSource));
        }
    }

    @Test
    void a_rebuild_reads_the_topic_from_its_start() throws Exception {
        shop.recordHistory(300);
        relayAll();
        try (KafkaLog feed = feed(50);
                Projections here = projections(node, feed)) {
            await(feed);
            here.catchUp();
            List<String> before = contents(node);
            execute(node, "UPDATE order_page SET document = '{}'");

            assertThat(here.rebuild("order-page")).isEqualTo(2);
            here.catchUp();

            assertThat(contents(node)).isEqualTo(before);
        }
    }

    /// Such as a topic that was deleted, which its relay makes anew and goes on.
    @Test
    void says_so_when_the_topics_begin_later_than_they_are_read() throws Exception {
        shop.recordHistory(50);
        try (KafkaLog early = feed(1_000);
                Relay relay = shop.relay(shop.settings().after(20), step -> {})) {
            Broker.await(() -> failureOf(early).contains("a relay makes it"));
            relay.start();
            await(early);
            assertBeginAfter20(early);
        }
        long head = shop.recordHistory(30);
        relayAll();
        try (KafkaLog late = feed(5)) {
            await(late);
            assertBeginAfter20(late);
        }
        try (KafkaLog withLog = new KafkaLog(Broker.KAFKA.settings(), shop.topics, shop.store)) {
            await(withLog);
            assertThat(positions(withLog, 0)).isEqualTo(range(1, head));
        }
    }

    private void assertBeginAfter20(KafkaLog feed) {
        assertThat(positions(feed, 20)).isEqualTo(range(21, shop.store.head()));
        for (long position : List.of(0L, 19L)) {
            assertThatThrownBy(() -> feed.next(Query.all(), position, 10))
                    .isInstanceOf(EventStoreException.class)
                    .hasMessageContaining("has the log only after position 20")
                    .hasMessageContaining("was read after position " + position);
        }
    }

    @Test
    void a_rebuild_reads_the_log_when_the_topic_does_not_reach_back() throws Exception {
        shop.recordHistory(300);
        relayAll();
        forget();
        shop.recordHistory(50);
        relayAll();
        try (KafkaLog alone = feed(10);
                KafkaLog withLog = new KafkaLog(Broker.KAFKA.settings(), shop.topics, shop.store);
                Projections here = projections(node, withLog);
                Projections there = projections(shop.dataSource, shop.store)) {
            await(alone);
            assertThatThrownBy(() -> alone.next(Query.all(), 0, 10))
                    .isInstanceOf(EventStoreException.class)
                    .hasMessageContaining("does not reach back to position 0 any more")
                    .hasMessageContaining("read the history from the log");

            await(withLog);
            here.catchUp();
            there.catchUp();

            assertThat(contents(node)).isEqualTo(contents(shop.dataSource));
        }
    }

    @Test
    void repetitions_have_no_effect() throws Exception {
        shop.recordHistory(200);
        relayAll();
        repeat(Broker.records(shop.topics));
        shop.recordHistory(100);
        relayAll();
        repeat(Broker.records(shop.topics));
        try (KafkaLog feed = feed(20);
                Projections here = projections(node, feed);
                Projections there = projections(shop.dataSource, shop.store)) {
            await(feed);
            assertThat(positions(feed, 0)).isEqualTo(range(1, shop.store.head()));
            here.catchUp();
            there.catchUp();

            assertThat(contents(node)).isEqualTo(contents(shop.dataSource));
        }
    }

    @Test
    void finds_every_position_in_the_topic() {
        shop.recordHistory(120);
        relayAll();
        repeat(Broker.records(shop.topics));
        shop.recordHistory(30);
        relayAll();
        try (Consumer<byte[], byte[]> consumer = Broker.clients().reader(1)) {
            LogPartitions partitions = new LogPartitions(shop.topics);
            partitions.refresh(consumer);
            Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> records =
                    Broker.records(shop.topics);
            for (long position = 0; position <= shop.store.head(); position += 7) {
                Map<TopicPartition, Long> found =
                        PartitionSearch.find(consumer, partitions.all(), position, 0);
                assertBeginsAfter(position, found, records);
            }
        }
    }

    /// All later events come at or after the offset, and what comes right before is not later.
    private static void assertBeginsAfter(
            long position,
            Map<TopicPartition, Long> found,
            Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> records) {
        records.forEach(
                (partition, all) -> {
                    long offset = found.getOrDefault(partition, -1L);
                    List<ConsumerRecord<byte[], byte[]>> before =
                            all.stream().filter(r -> r.offset() < offset).toList();
                    List<ConsumerRecord<byte[], byte[]>> after =
                            all.stream().filter(r -> r.offset() >= offset).toList();
                    assertThat(Broker.positions(after))
                            .containsAll(
                                    Broker.positions(all).stream()
                                            .filter(p -> p > position)
                                            .toList());
                    assertThat(before.isEmpty() ? 0 : positionOf(before.getLast()))
                            .isLessThanOrEqualTo(position);
                });
    }

    private static long positionOf(ConsumerRecord<byte[], byte[]> record) {
        return switch (EventMessages.read(record)) {
            case Message.Event(var event) -> event.position();
            case Watermark watermark -> watermark.position();
            case Message.Foreign _ -> 0;
        };
    }

    @Test
    void is_complete_only_as_far_as_the_watermarks_of_all_partitions() throws Exception {
        shop.recordHistory(30);
        relayAll();
        long head = shop.store.head();
        List<TopicPartition> partitions = List.copyOf(Broker.records(shop.topics).keySet());
        RecordedEvent later = moved(shop.events().getLast(), head + 2);
        try (KafkaLog feed = feed(20_000);
                Producer<byte[], byte[]> producer = Broker.clients().producer()) {
            await(feed);
            send(producer, later, partitions.get(0));
            mark(producer, head + 2, partitions.get(0));
            mark(producer, head + 2, partitions.get(1));
            mark(producer, head + 1, partitions.get(2));
            Broker.await(() -> feed.head() > head);
            assertThat(feed.head()).isEqualTo(head + 1);
            assertThat(feed.next(Query.all(), head, 10).events()).isEmpty();

            mark(producer, head + 2, partitions.get(2));
            Broker.await(() -> feed.head() == head + 2);
            assertThat(feed.next(Query.all(), head + 1, 10).events())
                    .extracting(RecordedEvent::position)
                    .containsExactly(head + 2);
        }
    }

    @Test
    void an_event_in_a_partition_that_was_added_is_not_missed() throws Exception {
        Map<String, Object> curious = Map.of("metadata.max.age.ms", 300L);
        try (Relay relay = shop.relay(curious, shop.settings(), step -> {});
                KafkaLog feed = feed(20_000)) {
            relay.start();
            long before = shop.recordHistory(50);
            Broker.await(() -> headOf(feed) == before);
            try (var admin = Broker.clients().admin()) {
                admin.createPartitions(Map.of(shop.topics.base(), NewPartitions.increaseTo(7)))
                        .all()
                        .get();
            }
            // until the relay knows of them
            Broker.await(
                    () -> {
                        shop.recordHistory(20);
                        return !Broker.records(shop.topics)
                                .getOrDefault(new TopicPartition(shop.topics.base(), 6), List.of())
                                .isEmpty();
                    });
            long after = shop.recordHistory(100);
            Broker.await(() -> headOf(feed) == after);

            assertThat(positions(feed, before)).isEqualTo(range(before + 1, after));
        }
        try (KafkaLog anew = feed(10)) {
            await(anew);
            assertThat(positions(anew, 0)).isEqualTo(range(1, shop.store.head()));
        }
    }

    @Test
    void says_that_it_does_not_know_yet_rather_than_that_there_is_nothing() {
        try (KafkaLog feed = feed(100)) {
            Broker.await(() -> failureOf(feed).contains("a relay makes it"));
            assertThatThrownBy(feed::head)
                    .isInstanceOf(EventStoreException.class)
                    .hasMessageContaining("there is no topic \"" + shop.topics.base());
        }
    }

    private static String failureOf(KafkaLog feed) {
        try {
            return "head " + feed.head();
        } catch (EventStoreException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private static long headOf(KafkaLog feed) {
        try {
            return feed.head();
        } catch (EventStoreException e) {
            return -1;
        }
    }

    private KafkaLog feed(int mostRecent) {
        return feed(shop.topics, mostRecent);
    }

    private static KafkaLog feed(Topics topics, int mostRecent) {
        return new KafkaLog(Broker.KAFKA.settings(), topics, null, mostRecent);
    }

    private void await(KafkaLog feed) {
        Broker.await(() -> headOf(feed) == shop.store.head());
    }

    private static Projections projections(HikariDataSource dataSource, EventFeed feed) {
        return new Projections(dataSource, feed, PROJECTIONS);
    }

    private void relayAll() {
        assertThat(relayAll(shop.settings())).isPositive();
    }

    /// Returns how many events were published for that.
    private long relayAll(RelaySettings settings) {
        try (Relay relay = shop.relay(settings, step -> {})) {
            relay.start();
            Broker.await(() -> relay.status().position() == shop.store.head());
            return relay.status().published();
        }
    }

    /// Deletes all records of the topic.
    private void forget() throws Exception {
        try (var admin = Broker.clients().admin()) {
            Map<TopicPartition, RecordsToDelete> all = new HashMap<>();
            for (TopicPartition partition : Broker.records(shop.topics).keySet()) {
                all.put(partition, RecordsToDelete.beforeOffset(-1));
            }
            admin.deleteRecords(all).all().get();
        }
    }

    /// Writes the second half of each partition once more.
    private static void repeat(Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> records) {
        try (Producer<byte[], byte[]> producer = Broker.clients().producer()) {
            records.forEach(
                    (partition, all) -> {
                        for (ConsumerRecord<byte[], byte[]> record :
                                all.subList(all.size() / 2, all.size())) {
                            var _ =
                                    producer.send(
                                            new ProducerRecord<>(
                                                    partition.topic(),
                                                    partition.partition(),
                                                    record.key(),
                                                    record.value(),
                                                    record.headers()));
                        }
                    });
        }
    }

    private static RecordedEvent moved(RecordedEvent event, long position) {
        return new RecordedEvent(
                position,
                UUID.randomUUID(),
                event.stream(),
                event.version(),
                event.type(),
                event.revision(),
                event.data(),
                event.tags(),
                event.metadata(),
                event.recordedAt());
    }

    private void send(
            Producer<byte[], byte[]> producer, RecordedEvent event, TopicPartition partition) {
        var _ = producer.send(EventMessages.write(event, partition, source(), null, false));
        producer.flush();
    }

    private void mark(Producer<byte[], byte[]> producer, long position, TopicPartition partition) {
        var _ =
                producer.send(
                        EventMessages.write(
                                new Watermark(shop.epoch, position, 3, 0),
                                partition,
                                source(),
                                false));
        producer.flush();
    }

    private URI source() {
        return URI.create("urn:uuid:" + shop.epoch);
    }

    private static List<Long> positions(EventFeed feed, long after) {
        List<Long> positions = new ArrayList<>();
        EventFeed.Page page = feed.next(Query.all(), after, 17);
        while (page.more()) {
            page.events().forEach(event -> positions.add(event.position()));
            page = feed.next(Query.all(), page.upTo(), 17);
        }
        page.events().forEach(event -> positions.add(event.position()));
        return positions;
    }

    /// The documents, and the checkpoint of the generation that serves.
    static List<String> contents(HikariDataSource dataSource) throws SQLException {
        return query(
                dataSource,
                """
                SELECT key || ' ' || document || ' ' || position FROM order_page
                UNION ALL
                SELECT max(position)::text FROM twofold.checkpoint
                ORDER BY 1
                """);
    }

    private static List<String> query(HikariDataSource dataSource, String sql) throws SQLException {
        List<String> found = new ArrayList<>();
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                found.add(rows.getString(1));
            }
        }
        return found;
    }

    private static void execute(HikariDataSource dataSource, String sql) throws SQLException {
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
