package dev.twofold.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.cluster.History.Acknowledged;
import dev.twofold.cluster.History.Entry;
import dev.twofold.cluster.RunningCluster.Part;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/// All of a catalog as processes, of which one after the other is killed or suspended while it is
/// used.
///
/// What is waited for is progress, never a time. More rounds: `-Dchaos.rounds=20`.
@Timeout(1_800)
class ClusterTest {
    private static final int ROUNDS = Integer.getInteger("chaos.rounds", 1);
    private static final long SEED = Long.getLong("chaos.seed", System.nanoTime());
    private static final String PRICES =
            """
            SELECT position, coalesce(stream, ''), coalesce(version, 0),
                   coalesce(data->'price'->>'amount', data->'details'->'price'->>'amount', '0')
            FROM twofold.event ORDER BY position
            """;
    private static final JsonMapper JSON = new JsonMapper();

    @TempDir Path temp;

    private final History history = new History();

    @Test
    void keeps_its_promises_whichever_part_is_killed_or_suspended() throws Exception {
        Set<ProcessHandle> processes;
        List<Acknowledged> last;
        try (RunningCluster cluster = RunningCluster.start(temp)) {
            assertThat(cluster.parts()).hasSize(10).allMatch(Part::isReady);
            try (Callers callers = new Callers(cluster.address(), history, SEED)) {
                for (int round = 0; round < ROUNDS; round++) {
                    round(cluster, callers);
                }
                cluster.awaitReady();
                callers.awaitMore("commands in the end", callers.commands, 20);
                callers.awaitMore("queries in the end", callers.queries, 20);
                last = callers.end();
            }
            readLog(cluster);
            awaitViews(cluster, last);
            readTopic(cluster);
            assertThat(history.faults()).as("seed %d", SEED).isEmpty();
            assertThat(history.acknowledged()).hasSizeGreaterThan(100);
            assertThat(history.answers()).hasSizeGreaterThan(100);
            processes = cluster.processes().collect(Collectors.toSet());
        }
        assertThat(processes).hasSizeGreaterThan(10).noneMatch(ProcessHandle::isAlive);
    }

    private static void round(RunningCluster cluster, Callers callers) throws Exception {
        for (String verb : List.of("kill", "pause")) {
            for (String part : List.of("command", "relay", "query-log", "redis", "replica")) {
                trouble(cluster, callers, verb, part, Callers::goOn);
            }
            trouble(cluster, callers, verb, "query-kafka", Callers::goOn);
            trouble(cluster, callers, verb, "broker", Callers::goOn);
            // without it no command takes effect, so what is waited for is that one fails
            trouble(cluster, callers, verb, "primary", Callers::fail);
        }
    }

    /// A part is at its work again before another one of its role is troubled.
    private static void trouble(
            RunningCluster cluster,
            Callers callers,
            String verb,
            String part,
            Callers.Progress progress)
            throws Exception {
        cluster.awaitReady(part);
        String name = cluster.order(verb + "/" + part).split(" ", 2)[0];
        progress.of(callers);
        if (part.equals("relay")) {
            String other = name.equals("relay-1") ? "relay-2" : "relay-1";
            callers.await("the standby to take over", () -> cluster.isActive(other));
        }
        cluster.order("restore/" + name);
        callers.goOn();
    }

    private void readLog(RunningCluster cluster) throws Exception {
        try (Connection connection = cluster.primary();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(PRICES)) {
            while (rows.next()) {
                history.log()
                        .add(
                                new Entry(
                                        rows.getLong(1),
                                        rows.getString(2).replaceFirst("^product-", ""),
                                        rows.getLong(3),
                                        rows.getBigDecimal(4).intValue()));
            }
        }
    }

    /// Each query node answers with what the log has in the end.
    private void awaitViews(RunningCluster cluster, List<Acknowledged> last) throws Exception {
        Map<String, Integer> prices = new HashMap<>();
        for (Entry entry : history.log()) {
            if (entry.price() > 0) {
                prices.put(entry.product(), entry.price());
            }
        }
        assertThat(prices).hasSameSizeAs(last);
        try (HttpClient client = HttpClient.newHttpClient()) {
            for (String node : List.of("query-log", "query-kafka")) {
                URI address = URI.create(cluster.part(node).address());
                for (Map.Entry<String, Integer> product : prices.entrySet()) {
                    int price = -1;
                    while (price != product.getValue()) {
                        String page =
                                client.send(
                                                HttpRequest.newBuilder(
                                                                address.resolve(
                                                                        "/products/"
                                                                                + product.getKey()))
                                                        .build(),
                                                BodyHandlers.ofString())
                                        .body();
                        price = JSON.readTree(page).path("price").intValue();
                    }
                }
            }
        }
    }

    private void readTopic(RunningCluster cluster) throws Exception {
        Map<Long, Entry> log =
                history.log().stream().collect(Collectors.toMap(Entry::position, entry -> entry));
        for (ConsumerRecord<String, String> record : records(cluster.bootstrap())) {
            String position = header(record, "ce_position");
            if (header(record, "ce_type").startsWith("dev.twofold.")) {
                continue;
            }
            Entry there = log.getOrDefault(Long.parseLong(position), new Entry(-1, "", 0, 0));
            history.topic()
                    .add(
                            new Entry(
                                    Long.parseLong(position),
                                    there.product(),
                                    header(record, "ce_streamversion").isEmpty()
                                            ? 0
                                            : Long.parseLong(header(record, "ce_streamversion")),
                                    there.price()));
        }
    }

    /// All committed records of the topic, each partition's in order.
    private static List<ConsumerRecord<String, String>> records(String bootstrap) {
        List<ConsumerRecord<String, String>> all = new ArrayList<>();
        try (KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(
                        Map.of("bootstrap.servers", bootstrap, "isolation.level", "read_committed"),
                        new StringDeserializer(),
                        new StringDeserializer())) {
            List<TopicPartition> partitions =
                    consumer.partitionsFor("catalog").stream()
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
        all.sort(
                Comparator.<ConsumerRecord<String, String>>comparingInt(ConsumerRecord::partition)
                        .thenComparingLong(ConsumerRecord::offset));
        return all;
    }

    private static String header(ConsumerRecord<String, String> record, String name) {
        var header = record.headers().lastHeader(name);
        return header == null ? "" : new String(header.value(), StandardCharsets.UTF_8);
    }
}
