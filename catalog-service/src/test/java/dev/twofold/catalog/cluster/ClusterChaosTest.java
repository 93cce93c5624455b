package dev.twofold.catalog.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.catalog.cluster.Evidence.Kind;
import dev.twofold.catalog.cluster.Evidence.Published;
import dev.twofold.catalog.cluster.Evidence.State;
import dev.twofold.catalog.cluster.Evidence.Stored;
import dev.twofold.testkit.TestNetwork;
import java.io.File;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// All parts of a catalog as processes, of which one after another is killed, suspended or cut off
/// from another one, while clients go on; and what has become of what these were told.
///
/// A run kills and suspends each kind of part, and deals out to the ways between parts what befalls
/// them, each of it to two at least; which to which, and in which order, is up to its seed.
/// `-Dtwofold.chaos.seed=` repeats a run, `-Dtwofold.chaos.rounds=` does more of it, and
/// `-Dtwofold.chaos.only=` less: the faults whose names have this in them.
@Timeout(1_200)
class ClusterChaosTest {
    private static final JsonMapper JSON = new JsonMapper();
    private static final long SEED =
            Long.getLong("twofold.chaos.seed", System.nanoTime() & 0xffff_ffffL);
    private static final int ROUNDS = Integer.getInteger("twofold.chaos.rounds", 1);
    private static final String ONLY = System.getProperty("twofold.chaos.only", "");
    private static final int PROGRESS = 20;
    private static final Duration SLOW = Duration.ofMillis(100);

    /// `relay` stands for the relay that is active then.
    private static final List<String> WAYS =
            List.of(
                    "command-1-primary",
                    "query-log-primary",
                    "query-log-replica",
                    "query-log-redis",
                    "relay-primary",
                    "relay-broker",
                    "query-kafka-broker");

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path temp;

    private final Random random = new Random(SEED);
    private final Map<String, TestNetwork> ways = new ConcurrentHashMap<>();

    /// @param during what has to hold before it is over
    private record Fault(String name, Step inject, Step during, Step heal) {}

    private interface Step {
        void run() throws InterruptedException;
    }

    /// What befalls a way.
    private enum Breakage {
        CUT("is cut") {
            @Override
            void befall(TestNetwork network) {
                network.refuse();
            }
        },
        SLOW("is slow") {
            @Override
            void befall(TestNetwork network) {
                network.delay(ClusterChaosTest.SLOW);
            }
        },
        LOSES("leads nowhere") {
            @Override
            void befall(TestNetwork network) {
                network.lose();
            }
        };

        private final String text;

        Breakage(String text) {
            this.text = text;
        }

        abstract void befall(TestNetwork network);
    }

    @Test
    void what_was_acknowledged_is_there_once_and_in_order_whatever_is_killed_or_cut()
            throws Exception {
        System.out.printf("Chaos: -Dtwofold.chaos.seed=%d%n", SEED);
        Plan plan =
                new Plan(
                        libraries(),
                        this::way,
                        List.of(
                                "-Xmx256m",
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-XX:+UseCompactObjectHeaders"),
                        "&socketTimeout=5");
        long start = System.nanoTime();
        try (Cluster cluster = Cluster.start(temp.resolve("c"), 0, ClusterChaosTest::tell, plan);
                Traffic traffic = new Traffic(cluster, SEED)) {
            System.out.printf("Chaos: started in %.1f s%n", (System.nanoTime() - start) / 1e9);
            traffic.start();
            awaitWhole(cluster, traffic); // no relay need be active as yet
            for (int round = 0; round < ROUNDS; round++) {
                List<Fault> faults = faults(cluster, traffic);
                Collections.shuffle(faults, random);
                faults.removeIf(fault -> !fault.name.contains(ONLY));
                for (Fault fault : faults) {
                    strike(fault, cluster, traffic);
                }
            }
            traffic.drain();
            Evidence evidence = evidence(cluster, traffic);
            System.out.printf(
                    "Chaos: %d commands, %d reads, %d events, %.1f s%n",
                    evidence.commands().size(),
                    evidence.reads().size(),
                    evidence.log().size(),
                    (System.nanoTime() - start) / 1e9);
            assertThat(evidence.violations()).isEmpty();
            assertThat(traffic.unexpected()).isEmpty();
            assertThat(evidence.commands().stream().filter(c -> !c.isAcknowledged()).count())
                    .as("commands whose outcome is never told")
                    .isLessThan(evidence.commands().size() / 10);
        } finally {
            ways.values().forEach(TestNetwork::close);
        }
    }

    private static void tell(String line) {
        System.out.println("Chaos: " + line);
    }

    /// The tests' own class path has the broker, and Redis.
    private static Libraries libraries() {
        return new Libraries(
                Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                        .map(Path::of)
                        .toList());
    }

    private int way(String from, String to, int port) {
        return ways.computeIfAbsent(from + "-" + to, _ -> TestNetwork.to(port)).port();
    }

    private List<Fault> faults(Cluster cluster, Traffic traffic) {
        int one = 1 + random.nextInt(2);
        List<Fault> all = new ArrayList<>();
        Step both = bothGoOn(traffic);
        all.add(killed("command-" + one, both, cluster));
        all.add(paused("command-" + (3 - one), both, cluster));
        all.add(killed(one == 1 ? "query-log" : "query-kafka", both, cluster));
        all.add(paused(one == 1 ? "query-kafka" : "query-log", both, cluster));
        all.add(relay(true, cluster));
        all.add(relay(false, cluster));
        for (String name : List.of("broker", "redis", "replica")) {
            all.add(killed(name, both, cluster));
            all.add(paused(name, both, cluster));
        }
        Step waits = () -> Await.until("commands wait", () -> traffic.commandsUnderWay() > 4);
        Step readsGoOn = readsGoOn(traffic);
        Step withoutPrimary =
                () -> {
                    waits.run();
                    readsGoOn.run();
                    assertThat(cluster.rows()).as("the table, which waits for nobody").isNotEmpty();
                };
        all.add(killed("primary", withoutPrimary, cluster));
        all.add(paused("primary", withoutPrimary, cluster));
        List<String> dealt = new ArrayList<>(WAYS);
        Collections.shuffle(dealt, random);
        Breakage[] breakages = Breakage.values();
        for (int i = 0; i < dealt.size(); i++) {
            String way = dealt.get(i);
            Breakage breakage = breakages[i % breakages.length];
            all.add(
                    way.equals("relay-primary")
                            ? relayWithoutLog(breakage, both, cluster)
                            : broken(way, breakage, both));
        }
        return all;
    }

    private Fault broken(String way, Breakage breakage, Step during) {
        TestNetwork network = Objects.requireNonNull(ways.get(way), way);
        return new Fault(
                way + " " + breakage.text, () -> breakage.befall(network), during, network::heal);
    }

    /// The active relay and its way to the log: unless that is only slow, the other one takes over.
    private Fault relayWithoutLog(Breakage breakage, Step both, Cluster cluster) {
        AtomicReference<String> active = new AtomicReference<>();
        return new Fault(
                "relay-primary " + breakage.text,
                () -> {
                    active.set(activeRelay(cluster).orElseThrow());
                    breakage.befall(wayToLog(active.get()));
                },
                () -> {
                    both.run();
                    if (breakage != Breakage.SLOW) {
                        Await.until(
                                "the other one takes over",
                                () ->
                                        activeRelay(cluster)
                                                .filter(name -> !name.equals(active.get()))
                                                .isPresent());
                    }
                },
                () -> wayToLog(active.get()).heal());
    }

    private TestNetwork wayToLog(String relay) {
        return Objects.requireNonNull(ways.get(relay + "-primary"), relay);
    }

    private static Optional<String> activeRelay(Cluster cluster) throws InterruptedException {
        return cluster.rows().stream()
                .filter(row -> row.note().equals("active"))
                .map(Row::name)
                .findFirst();
    }

    private static Fault killed(String name, Step during, Cluster cluster) {
        return new Fault(
                name + " is killed", () -> cluster.kill(name), during, () -> cluster.restore(name));
    }

    private static Fault paused(String name, Step during, Cluster cluster) {
        return new Fault(
                name + " is suspended",
                () -> cluster.pause(name),
                during,
                () -> cluster.restore(name));
    }

    /// The active one; the other one takes over.
    private static Fault relay(boolean kill, Cluster cluster) {
        return new Fault(
                kill ? "the relay is killed" : "the relay is suspended",
                () -> {
                    if (kill) {
                        cluster.kill("relay");
                    } else {
                        cluster.pause("relay");
                    }
                },
                () -> Await.until("the other one takes over", () -> notes(cluster, "active") == 1),
                () -> cluster.restore("relay"));
    }

    private static long notes(Cluster cluster, String state) throws InterruptedException {
        return cluster.rows().stream().filter(row -> row.note().equals(state)).count();
    }

    private static Step bothGoOn(Traffic traffic) {
        return () -> {
            int acknowledged = traffic.acknowledged();
            readsGoOn(traffic).run();
            Await.until("commands go on", () -> traffic.acknowledged() >= acknowledged + PROGRESS);
        };
    }

    private static Step readsGoOn(Traffic traffic) {
        return () -> {
            int answered = traffic.answeredInFront();
            Await.until("queries go on", () -> traffic.answeredInFront() >= answered + PROGRESS);
        };
    }

    private static void strike(Fault fault, Cluster cluster, Traffic traffic)
            throws InterruptedException {
        long start = System.nanoTime();
        fault.inject.run();
        long injected = System.nanoTime();
        fault.during.run();
        long during = System.nanoTime();
        fault.heal.run();
        awaitWhole(cluster, traffic);
        System.out.printf(
                "Chaos: %-32s %4.1f s to do, %4.1f s of it, %4.1f s until all is well; %s%n",
                fault.name,
                (injected - start) / 1e9,
                (during - injected) / 1e9,
                (System.nanoTime() - during) / 1e9,
                traffic.summary());
    }

    /// Waits until each node does its work again.
    private static void awaitWhole(Cluster cluster, Traffic traffic) throws InterruptedException {
        for (String node :
                List.of(
                        "command-1",
                        "command-2",
                        "relay-1",
                        "relay-2",
                        "query-log",
                        "query-kafka")) {
            Await.until(node + " is ready", () -> cluster.isReady(node));
        }
        Await.until(
                "one relay is active and the other one stands by",
                () -> notes(cluster, "active") == 1 && notes(cluster, "standby") == 1);
        for (String node : List.of("command-1", "command-2")) {
            Await.until(
                    "what %s does is seen at all nodes".formatted(node),
                    () -> traffic.reaches(node));
        }
    }

    private static Evidence evidence(Cluster cluster, Traffic traffic) throws Exception {
        String token = traffic.token();
        Map<String, Map<String, State>> documents = new TreeMap<>();
        for (String node : List.of("query-log", "query-kafka")) {
            Map<String, State> pages = new TreeMap<>();
            for (String product : traffic.products()) {
                Await.until(
                        "%s has %s".formatted(node, product),
                        () -> {
                            Optional<State> page = traffic.page(node, product, token);
                            page.ifPresent(state -> pages.put(product, state));
                            return page.isPresent();
                        });
            }
            documents.put(node, pages);
        }
        Await.until(
                "all is published",
                () ->
                        cluster.rows().stream()
                                .anyMatch(row -> row.note().equals("active") && row.lag() == 0));
        List<Stored> log = log(cluster);
        documents.put("rows of the command side", rows(cluster, log));
        return new Evidence(traffic.commands(), traffic.reads(), log, topic(cluster), documents);
    }

    private static List<Stored> log(Cluster cluster) throws SQLException {
        try (Connection connection = cluster.database("primary").connect();
                Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                """
                                SELECT position, id::text, stream, version, type, data::text
                                FROM twofold.event ORDER BY position
                                """)) {
            List<Stored> log = new ArrayList<>();
            while (row.next()) {
                log.add(
                        stored(
                                row.getLong(1),
                                row.getString(2),
                                row.getLong(4),
                                row.getString(5),
                                JSON.readTree(row.getString(6))));
            }
            return log;
        }
    }

    private static Stored stored(
            long position, String id, long version, String type, JsonNode data) {
        String product = data.path("productId").asString();
        return switch (type) {
            case "product-created" ->
                    new Stored(
                            position,
                            id,
                            product,
                            version,
                            Kind.CREATE,
                            amount(data.path("details")),
                            data.path("details").path("stock").intValue());
            case "price-changed" ->
                    new Stored(position, id, product, version, Kind.PRICE, amount(data), 0);
            case "stock-adjusted" ->
                    new Stored(
                            position,
                            id,
                            product,
                            version,
                            Kind.STOCK,
                            data.path("by").intValue(),
                            data.path("stock").intValue());
            default -> throw new AssertionError("nobody did " + type);
        };
    }

    private static int amount(JsonNode priced) {
        return priced.path("price").path("amount").intValue();
    }

    /// Products as the command side keeps them in tables; their version is that of the log.
    private static Map<String, State> rows(Cluster cluster, List<Stored> log) throws SQLException {
        try (Connection connection = cluster.database("primary").connect();
                Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                """
                                SELECT p.id, p.price, i.stock
                                FROM catalog.product p JOIN catalog.inventory i ON i.product_id = p.id
                                """)) {
            Map<String, State> rows = new TreeMap<>();
            while (row.next()) {
                String id = row.getString(1);
                long version = log.stream().filter(event -> event.product().equals(id)).count();
                rows.put(id, new State(version, row.getBigDecimal(2).intValue(), row.getInt(3)));
            }
            return rows;
        }
    }

    /// The topic from its beginning, as those who read committed records see it.
    private static List<Published> topic(Cluster cluster) {
        Map<String, Object> settings =
                Map.of("bootstrap.servers", cluster.broker(), "isolation.level", "read_committed");
        try (var consumer =
                new KafkaConsumer<>(
                        settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions =
                    consumer.partitionsFor("catalog").stream()
                            .map(info -> new TopicPartition(info.topic(), info.partition()))
                            .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            List<Published> records = new ArrayList<>();
            while (partitions.stream()
                    .anyMatch(
                            partition ->
                                    consumer.position(partition)
                                            < ends.getOrDefault(partition, 0L))) {
                for (ConsumerRecord<byte[], byte[]> record :
                        consumer.poll(Duration.ofMillis(200))) {
                    if (record.key() != null) {
                        records.add(
                                new Published(
                                        record.partition(),
                                        new String(record.key(), UTF_8),
                                        Long.parseLong(header(record, "ce_position")),
                                        header(record, "ce_id")));
                    }
                }
            }
            return records;
        }
    }

    private static String header(ConsumerRecord<byte[], byte[]> record, String name) {
        return new String(record.headers().lastHeader(name).value(), UTF_8);
    }
}
