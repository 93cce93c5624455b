package dev.twofold.catalog;

import static dev.twofold.catalog.CatalogNode.json;
import static dev.twofold.catalog.CatalogNode.token;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.Append;
import dev.twofold.Metadata;
import dev.twofold.NewEvent;
import dev.twofold.catalog.brand.BrandEvent.BrandCreated;
import dev.twofold.jackson.JacksonCodec;
import dev.twofold.postgres.PostgresEventStore;
import dev.twofold.testkit.TestKafka;
import dev.twofold.testkit.TestPostgres;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import java.util.stream.StreamSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Nodes as processes of their own, one of which has its views in a database of its own and gets
/// the events from Kafka, where another relays them and a third stands by.
@Timeout(240)
class KafkaRolesProcessTest {
    private static final String TOPIC = "catalog";

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
    void a_node_fed_by_kafka_is_no_staler_than_a_token_whatever_becomes_of_relay_and_broker()
            throws Exception {
        CatalogNode command = launch("command", "--role", "command", "--database-url", log.url());
        CatalogNode first = relay("relay-1");
        CatalogNode second = relay("relay-2");
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
        reads_what_was_written(command, query);
        only_does_what_its_role_is(query, first);

        CatalogNode active = state(first).equals("active") ? first : second;
        CatalogNode standby = active == first ? second : first;
        assertThat(state(active)).isEqualTo("active");
        assertThat(state(standby)).isEqualTo("standby");
        int price =
                a_standby_takes_over_from_a_relay_that_is_killed(command, query, active, standby);
        goes_on_without_a_broker(command, query, standby, price);
        everything_is_in_the_topic_once_and_in_order();
        waits_for_a_newer_version_at_an_event_that_it_does_not_know(query);

        standby.process().destroy();
        assertThat(standby.process().waitFor(60, TimeUnit.SECONDS)).isTrue();
        query.process().destroy();
        assertThat(query.process().waitFor(60, TimeUnit.SECONDS)).isTrue();
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
        assertThat(relay.get("/products/p0").body()).contains("other-role", "answers no queries");
        assertThat(relay.create("other").body()).contains("other-role", "takes no commands");
        assertThat(relay.get("/actuator/prometheus").body())
                .contains(
                        "twofold_relay_active",
                        "twofold_relay_lag_events",
                        "twofold_relay_lag_time_seconds",
                        "twofold_relay_published_events_total");
    }

    private static int a_standby_takes_over_from_a_relay_that_is_killed(
            CatalogNode command, CatalogNode query, CatalogNode active, CatalogNode standby)
            throws Exception {
        int price = 1;
        active.process().destroyForcibly().waitFor();
        while (!state(standby).equals("active")) {
            price++;
            assertThat(command.price("p0", price).statusCode()).isEqualTo(202);
        }
        HttpResponse<String> last = command.price("p0", ++price);
        JsonNode page = json(query.getAfter(last, "/products/p0"));
        assertThat(page.path("price").intValue()).isEqualTo(price);
        return price;
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
        while (!relay.health("relay").path("status").asString().equals("DEGRADED")) {
            assertThat(relay.process().isAlive()).isTrue();
        }
        assertThat(relay.get("/actuator/health/readiness").statusCode()).isEqualTo(200);
        assertThat(relay.health("relay").path("details").path("lag").longValue()).isPositive();

        broker.restart();
        HttpResponse<String> page = query.getAfter(last, "/products/p0");
        while (page.statusCode() != 200) {
            page = query.getAfter(last, "/products/p0");
        }
        assertThat(json(page).path("price").intValue()).isEqualTo(price + 1);
    }

    /// Stops at it rather than passing it over, and says why.
    private void waits_for_a_newer_version_at_an_event_that_it_does_not_know(CatalogNode query)
            throws Exception {
        long before;
        try (PostgresEventStore store = new PostgresEventStore(log.dataSource())) {
            before = store.head();
            NewEvent known =
                    CatalogEvents.types(new JacksonCodec())
                            .encode(new BrandCreated("late", "Late"), Metadata.none());
            NewEvent unknown =
                    new NewEvent(
                            UUID.randomUUID(),
                            null,
                            "brand-created",
                            99,
                            known.data(),
                            known.tags(),
                            known.metadata());
            store.append(Append.of(List.of(unknown)));
            store.append(Append.of(List.of(known)));
        }
        JsonNode page = partition(query, "product-page");
        while (page.path("stoppedBecause").isMissingNode()) {
            page = partition(query, "product-page");
        }
        assertThat(page.path("position").longValue()).isEqualTo(before);
        assertThat(page.path("stoppedBecause").asString()).contains("brand-created", "99");
        assertThat(query.get("/brands/late").statusCode()).isEqualTo(404);
        assertThat(query.get("/products/p0").statusCode()).isEqualTo(200);
    }

    private static JsonNode partition(CatalogNode node, String projection) throws Exception {
        return StreamSupport.stream(
                        node.health("projections").path("details").path("partitions").spliterator(),
                        false)
                .filter(one -> one.path("projection").asString().equals(projection))
                .findFirst()
                .orElseThrow();
    }

    private void everything_is_in_the_topic_once_and_in_order() {
        Map<String, List<Long>> versions = new HashMap<>();
        List<Long> positions = new ArrayList<>();
        for (ConsumerRecord<String, String> record : records()) {
            String stream = header(record, "ce_subject");
            if (!stream.isEmpty()) {
                positions.add(Long.parseLong(header(record, "ce_position")));
                versions.computeIfAbsent(stream, _ -> new ArrayList<>())
                        .add(Long.parseLong(header(record, "ce_streamversion")));
            }
        }
        long head;
        try (PostgresEventStore store = new PostgresEventStore(log.dataSource())) {
            head = store.head();
        }
        assertThat(positions)
                .containsExactlyInAnyOrderElementsOf(
                        LongStream.rangeClosed(1, head).boxed().toList());
        assertThat(versions).containsKey("product-p0");
        versions.forEach(
                (stream, in) ->
                        assertThat(in)
                                .as(stream)
                                .isEqualTo(LongStream.rangeClosed(1, in.size()).boxed().toList()));
    }

    private List<ConsumerRecord<String, String>> records() {
        Map<String, Object> settings = new HashMap<>(broker.settings());
        settings.put("isolation.level", "read_committed");
        List<ConsumerRecord<String, String>> all = new ArrayList<>();
        try (KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            List<TopicPartition> partitions =
                    consumer.partitionsFor(TOPIC).stream()
                            .map(one -> new TopicPartition(one.topic(), one.partition()))
                            .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> left = new HashMap<>(consumer.endOffsets(partitions));
            while (!left.isEmpty()) {
                consumer.poll(Duration.ofMillis(100)).forEach(all::add);
                left.entrySet().removeIf(end -> consumer.position(end.getKey()) >= end.getValue());
            }
        }
        return all;
    }

    private static String header(ConsumerRecord<String, String> record, String name) {
        var header = record.headers().lastHeader(name);
        return header == null ? "" : new String(header.value(), StandardCharsets.UTF_8);
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
