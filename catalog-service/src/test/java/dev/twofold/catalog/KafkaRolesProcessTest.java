package dev.twofold.catalog;

import static dev.twofold.catalog.CatalogNode.json;
import static dev.twofold.catalog.CatalogNode.token;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.EventTypes.StoredShape;
import dev.twofold.Lease;
import dev.twofold.Leases;
import dev.twofold.Query;
import dev.twofold.RecordedEvent;
import dev.twofold.catalog.cli.Serve;
import dev.twofold.jackson.JacksonCodec;
import dev.twofold.kafka.KafkaLog;
import dev.twofold.kafka.Topics;
import dev.twofold.postgres.PostgresEventStore;
import dev.twofold.postgres.PostgresLeases;
import dev.twofold.testkit.TestKafka;
import dev.twofold.testkit.TestPostgres;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Nodes as processes of their own, one of which has its views in a database of its own and gets
/// the events from Kafka, where another relays them and a third stands by.
@Timeout(600)
class KafkaRolesProcessTest {
    private static final int PRODUCTS = 3_000;
    private static final JsonMapper JSON = new JsonMapper();

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path temp;

    private final TestPostgres.Database log = TestPostgres.database();
    private final TestKafka broker = TestKafka.start();
    private final List<CatalogNode> started = new ArrayList<>();

    @AfterEach
    void stop() {
        started.forEach(node -> node.process().destroyForcibly());
        broker.close();
    }

    @Test
    void a_node_fed_by_kafka_is_no_staler_than_a_token_and_a_standby_takes_over() throws Exception {
        CatalogNode command = launch("command", "--role", "command", "--database-url", log.url());
        imports_products(command);
        CatalogNode first = relay("relay-1");
        CatalogNode second = relay("relay-2");
        is_ready_when_the_topic_has_the_log(first, second);
        publishes_the_schema_of_each_event();
        CatalogNode query =
                launch(
                        "query",
                        "--role",
                        "query",
                        "--feed",
                        "kafka",
                        "--kafka",
                        broker.bootstrap(),
                        "--database-url",
                        TestPostgres.database().url());
        assertThat(query.count()).as("as soon as it is ready").isEqualTo(PRODUCTS);
        reads_what_was_written(command, query);
        only_does_what_its_role_is(query, first);

        replays_the_log_to_a_topic_of_its_own();

        CatalogNode active = state(first).equals("active") ? first : second;
        CatalogNode standby = active == first ? second : first;
        assertThat(state(active)).isEqualTo("active");
        assertThat(state(standby)).isEqualTo("standby");
        int price =
                a_standby_takes_over_from_a_relay_that_is_killed(command, query, active, standby);
        goes_on_without_a_broker(command, query, standby, price);
    }

    /// The broker is not there yet when the node starts.
    @Test
    void a_node_that_does_everything_relays_too_once_there_is_a_broker() throws Exception {
        broker.stop();
        CatalogNode node =
                launch("all", "--kafka", broker.bootstrap(), "--database-url", log.url());
        HttpResponse<String> created = node.create("p0");
        assertThat(node.getAfter(created, "/products/p0").statusCode()).isEqualTo(200);
        broker.restart();
        try (PostgresEventStore store = new PostgresEventStore(log.dataSource());
                KafkaLog topic = new KafkaLog(broker.settings(), Topics.one("catalog"))) {
            assertThat(topic.awaitEnd(Duration.ofMinutes(2))).isTrue();
            Awaitility.await()
                    .atMost(Duration.ofMinutes(2))
                    .until(() -> topic.head() == store.head());
            assertThat(topic.next(Query.all(), 0, 10).events())
                    .isEqualTo(store.read(Query.all(), 0, 10))
                    .isNotEmpty();
        }
        assertThat(state(node)).isEqualTo("active");
    }

    private static void imports_products(CatalogNode command) throws Exception {
        StringBuilder feed = new StringBuilder("id\ttitle\tprice\tquantity\n");
        for (int i = 0; i < PRODUCTS; i++) {
            feed.append("f%d\tProduct %d\t1.00 EUR\t1\n".formatted(i, i));
        }
        HttpResponse<String> sent =
                command.post("/feeds", "text/tab-separated-values", feed.toString());
        assertThat(sent.statusCode()).as(sent.body()).isEqualTo(202);
        String run = json(sent).path("checkUrl").asString();
        Awaitility.await()
                .atMost(Duration.ofMinutes(2))
                .until(() -> json(command.get(run)).path("state").asString().equals("done"));
        assertThat(json(command.get(run)).path("created").intValue()).isEqualTo(PRODUCTS);
    }

    /// Until the lease is free, which each of them needs to do anything, they are up and not ready.
    private void is_ready_when_the_topic_has_the_log(CatalogNode first, CatalogNode second)
            throws Exception {
        Leases leases = new PostgresLeases(log.dataSource());
        Lease lease =
                leases.take("twofold-relay-catalog", "test", Duration.ofHours(1)).orElseThrow();
        long head;
        try (PostgresEventStore store = new PostgresEventStore(log.dataSource())) {
            head = store.head();
        }
        for (CatalogNode relay : List.of(first, second)) {
            Awaitility.await()
                    .atMost(Duration.ofMinutes(1))
                    .until(() -> relay.status("/actuator/health/liveness") == 200);
            assertThat(relay.status("/actuator/health/readiness")).isEqualTo(503);
        }
        leases.release(lease);
        for (CatalogNode relay : List.of(first, second)) {
            assertThat(relay.address()).isNotNull();
            assertThat(relay.health("relay").path("details").path("position").longValue())
                    .as("as soon as it is ready")
                    .isGreaterThanOrEqualTo(head);
        }
        assertThat(records("catalog").stream().filter(record -> record.key() != null))
                .hasSize(Math.toIntExact(head));
    }

    /// By the name that events give, in the components that their records have.
    private void publishes_the_schema_of_each_event() {
        Map<String, Set<String>> published = new TreeMap<>();
        for (ConsumerRecord<byte[], byte[]> record : records("catalog-schemas")) {
            published.put(
                    new String(record.key(), UTF_8),
                    Set.copyOf(JSON.readTree(record.value()).path("properties").propertyNames()));
        }
        Map<String, Set<String>> expected = new TreeMap<>();
        for (StoredShape shape : CatalogEvents.types(new JacksonCodec()).shapes()) {
            expected.put(
                    "%s.v%d".formatted(shape.name(), shape.revision()),
                    Stream.of(shape.type().getRecordComponents())
                            .map(RecordComponent::getName)
                            .collect(Collectors.toSet()));
        }
        assertThat(published).isEqualTo(expected);
        assertThat(records("catalog"))
                .filteredOn(record -> record.key() != null)
                .extracting(record -> header(record, "ce_dataschema"))
                .isNotEmpty()
                .allMatch(
                        schema ->
                                published.containsKey(
                                        schema.substring(schema.lastIndexOf(':') + 1)));
    }

    private static String header(ConsumerRecord<byte[], byte[]> record, String name) {
        return new String(record.headers().lastHeader(name).value(), UTF_8);
    }

    /// All committed records of a topic.
    private List<ConsumerRecord<byte[], byte[]>> records(String topic) {
        Map<String, Object> settings = new HashMap<>(broker.settings());
        settings.put("isolation.level", "read_committed");
        try (var consumer =
                new KafkaConsumer<>(
                        settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions =
                    consumer.partitionsFor(topic).stream()
                            .map(info -> new TopicPartition(topic, info.partition()))
                            .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
            while (ends.entrySet().stream()
                    .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                consumer.poll(Duration.ofMillis(200)).forEach(records::add);
            }
            return records;
        }
    }

    private static void reads_what_was_written(CatalogNode command, CatalogNode query)
            throws Exception {
        HttpResponse<String> brand =
                command.post("/brands", "{\"brandId\": \"acme\", \"name\": \"Acme\"}");
        assertThat(json(query.getAfter(brand, "/brands/acme")).path("name").asString())
                .isEqualTo("Acme");
        HttpResponse<String> created = command.create("p0");
        assertThat(created.statusCode()).as(created.body()).isEqualTo(202);
        HttpResponse<String> page = query.getAfter(created, "/products/p0");
        assertThat(page.statusCode()).as(page.body()).isEqualTo(200);
        assertThat(query.get("/actuator/health/readiness").statusCode()).isEqualTo(200);
        assertThat(query.get("/actuator/prometheus").body())
                .contains("twofold_feed_position", "twofold_feed_lag_records");
    }

    private static void only_does_what_its_role_is(CatalogNode query, CatalogNode relay)
            throws Exception {
        assertThat(query.create("other").body()).contains("other-role", "takes no commands");
        HttpResponse<String> history = query.get("/products/p0/prices");
        assertThat(history.statusCode()).isEqualTo(421);
        assertThat(history.body()).contains("fed by Kafka and has no log");
        assertThat(query.get("/events").body()).contains("fed by Kafka and has no log");
        assertThat(query.get("/webhooks").body()).contains("fed by Kafka and has no log");
        HttpResponse<String> keyOfAnother =
                query.get(
                        "/products/p0",
                        "Authorization",
                        "Bearer twofold_0123456789ab_" + "x".repeat(43));
        assertThat(keyOfAnother.statusCode()).isEqualTo(401);
        assertThat(keyOfAnother.body()).contains("fed by Kafka and has keys of its own");
        assertThat(relay.get("/products/p0").body()).contains("other-role", "answers no queries");
        assertThat(relay.create("other").body()).contains("other-role", "takes no commands");
        assertThat(relay.get("/actuator/prometheus").body())
                .contains(
                        "twofold_relay_active",
                        "twofold_relay_lag_events",
                        "twofold_relay_lag_time_seconds",
                        "twofold_relay_published_events_total");
    }

    private void replays_the_log_to_a_topic_of_its_own() throws Exception {
        long head;
        List<RecordedEvent> events;
        try (PostgresEventStore store = new PostgresEventStore(log.dataSource())) {
            head = store.head();
            events = store.read(Query.all(), 1, 100);
        }
        assertThat(replay("again")).isZero();
        try (KafkaLog again = new KafkaLog(broker.settings(), Topics.one("again"))) {
            assertThat(again.awaitEnd(Duration.ofMinutes(1))).isTrue();
            assertThat(again.head()).isEqualTo(head);
            assertThat(again.next(Query.all(), 1, 100).events()).isEqualTo(events).isNotEmpty();
        }
        assertThat(replay("catalog")).as("to the topic of the relays").isEqualTo(1);
    }

    private int replay(String topic) {
        return Serve.run(
                "log",
                "replay",
                "--database-url",
                log.url(),
                "--kafka",
                broker.bootstrap(),
                "--topic",
                topic,
                "--after",
                "1");
    }

    private static int a_standby_takes_over_from_a_relay_that_is_killed(
            CatalogNode command, CatalogNode query, CatalogNode active, CatalogNode standby)
            throws Exception {
        AtomicInteger price = new AtomicInteger(1);
        active.process().destroyForcibly().waitFor();
        Awaitility.await()
                .atMost(Duration.ofMinutes(2))
                .until(
                        () -> {
                            int next = price.incrementAndGet();
                            assertThat(command.price("p0", next).statusCode()).isEqualTo(202);
                            return state(standby).equals("active");
                        });
        int end = price.incrementAndGet();
        HttpResponse<String> last = command.price("p0", end);
        JsonNode page = json(query.getAfter(last, "/products/p0"));
        assertThat(page.path("price").intValue()).isEqualTo(end);
        return end;
    }

    private void goes_on_without_a_broker(
            CatalogNode command, CatalogNode query, CatalogNode relay, int price) throws Exception {
        broker.stop();
        HttpResponse<String> last = command.price("p0", price + 1);
        assertThat(last.statusCode()).isEqualTo(202);
        assertThat(
                        query.get(
                                        "/products/p0",
                                        "Consistency-Token",
                                        token(last),
                                        "Prefer",
                                        "wait=1")
                                .statusCode())
                .isEqualTo(503);
        assertThat(json(query.get("/products/p0")).path("price").intValue()).isEqualTo(price);
        Awaitility.await()
                .atMost(Duration.ofMinutes(2))
                .until(() -> relay.health("relay").path("status").asString().equals("DEGRADED"));
        assertThat(relay.get("/actuator/health/readiness").statusCode()).isEqualTo(200);
        assertThat(relay.health("relay").path("details").path("lag").longValue()).isPositive();
    }

    private static String state(CatalogNode relay) throws Exception {
        return relay.health("relay").path("details").path("state").asString();
    }

    private CatalogNode relay(String name) throws IOException {
        return launch(
                name,
                "--role",
                "relay",
                "--kafka",
                broker.bootstrap(),
                "--database-url",
                log.url());
    }

    private CatalogNode launch(String name, String... options) throws IOException {
        CatalogNode node = CatalogNode.launch(temp.resolve(name), options);
        started.add(node);
        return node;
    }
}
