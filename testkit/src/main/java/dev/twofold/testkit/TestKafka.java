package dev.twofold.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;

/// Kafka for tests: one broker or several, each a process of its own that can be stopped, killed
/// and started again.
///
/// Tests that use it have `org.apache.kafka:kafka_2.13` as a dependency; it is looked for on the
/// class path and module path of the JVM. Each broker is a controller too, listens on loopback and
/// keeps its data in a temporary folder, which goes with it. Not safe for use by many threads.
public final class TestKafka implements AutoCloseable {
    private static final Map<String, String> FEW_THREADS =
            Map.of(
                    "num.network.threads", "1",
                    "num.io.threads", "2",
                    "background.threads", "1",
                    "num.replica.fetchers", "1",
                    "log.cleaner.dedupe.buffer.size", "2097152");

    private static final String PASSWORDS = "SASL_PLAINTEXT";

    private final List<KafkaProcess> brokers;

    private TestKafka(List<KafkaProcess> brokers) {
        this.brokers = List.copyOf(brokers);
    }

    /// Starts one broker with no topics, and returns when it takes connections.
    public static TestKafka start() {
        return start(1);
    }

    /// Starts brokers with no topics, and returns when each takes connections.
    ///
    /// Topics have a replica on each of up to three of them, and a record that was acknowledged to
    /// those who ask for `acks=all` is on two.
    ///
    /// @param number 1 to 9; of three, two are enough to go on
    public static TestKafka start(int number) {
        if (number < 1 || number > 9) {
            throw new IllegalArgumentException(
                    "a cluster for tests has 1 to 9 brokers, but was to have " + number);
        }
        return start(number, true, Map.of());
    }

    /// Starts one broker with no topics, which takes connections of one user alone, who has a
    /// password (SASL PLAIN, without TLS).
    public static TestKafka startFor(String user, String password) {
        String login =
                "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"%1$s\" password=\"%2$s\" user_%1$s=\"%2$s\";"
                        .formatted(user, password);
        return start(
                1,
                true,
                Map.of(
                        "sasl.enabled.mechanisms",
                        "PLAIN",
                        "sasl.mechanism.inter.broker.protocol",
                        "PLAIN",
                        "security.inter.broker.protocol",
                        PASSWORDS,
                        "listener.name.sasl_plaintext.plain.sasl.jaas.config",
                        login));
    }

    /// Starts one broker with no topics as Kafka's own scripts and settings have it, with 1 GB of
    /// memory: one to measure with, rather than one that starts soon.
    public static TestKafka startAsShipped() {
        return start(1, false, Map.of());
    }

    private static TestKafka start(int number, boolean small, Map<String, String> more) {
        try {
            TestKafka kafka = new TestKafka(create(number, small, more));
            Runtime.getRuntime().addShutdownHook(new Thread(kafka::close, "test-kafka-stop"));
            kafka.format();
            kafka.restart();
            return kafka;
        } catch (IOException e) {
            throw new UncheckedIOException("the brokers did not start", e);
        }
    }

    private static List<KafkaProcess> create(int number, boolean small, Map<String, String> more)
            throws IOException {
        List<Integer> ports = Ports.free(2 * number);
        List<String> voters = new ArrayList<>();
        for (int i = 0; i < number; i++) {
            voters.add("%d@127.0.0.1:%d".formatted(i + 1, ports.get(number + i)));
        }
        List<KafkaProcess> brokers = new ArrayList<>();
        for (int i = 0; i < number; i++) {
            Map<String, String> settings = settings(i + 1, Math.min(number, 3));
            settings.put("controller.quorum.voters", String.join(",", voters));
            settings.putAll(more);
            String protocol = more.getOrDefault("security.inter.broker.protocol", "PLAINTEXT");
            settings.put(
                    "listeners",
                    "%s://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d"
                            .formatted(protocol, ports.get(i), ports.get(number + i)));
            settings.put(
                    "advertised.listeners", "%s://127.0.0.1:%d".formatted(protocol, ports.get(i)));
            if (small) {
                settings.putAll(FEW_THREADS);
            }
            brokers.add(
                    KafkaProcess.create(
                            ports.get(i),
                            settings,
                            small ? KafkaProcess.SMALL : KafkaProcess.AS_SHIPPED));
        }
        return brokers;
    }

    private void format() throws IOException {
        String clusterId = clusterId();
        List<Process> tools = new ArrayList<>();
        for (KafkaProcess broker : brokers) {
            tools.add(broker.format(clusterId));
        }
        for (int i = 0; i < tools.size(); i++) {
            if (tools.get(i).onExit().join().exitValue() != 0) {
                throw new IllegalStateException(
                        "a broker's folder could not be prepared; is org.apache.kafka:kafka_2.13 a"
                                + " dependency of the tests? "
                                + brokers.get(i).output());
            }
        }
    }

    /// The settings that clients need.
    public Map<String, Object> settings() {
        return Map.of("bootstrap.servers", bootstrap());
    }

    public String bootstrap() {
        return brokers.stream()
                .map(broker -> "127.0.0.1:" + broker.port())
                .collect(Collectors.joining(","));
    }

    /// Stops all brokers in order, as for maintenance; what they acknowledged is still there after
    /// [#restart].
    public void stop() {
        brokers.forEach(KafkaProcess::stop);
    }

    /// Starts all brokers again after [#stop], at the same addresses, and returns when they take
    /// connections.
    public void restart() {
        try {
            for (KafkaProcess broker : brokers) {
                broker.launch();
            }
            for (KafkaProcess broker : brokers) {
                broker.awaitStart();
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the brokers did not start again", e);
        }
    }

    /// Kills one of several brokers, and returns when its process is gone.
    ///
    /// A broker without replicas that is killed may come back without what it acknowledged last, or
    /// not come back to transactions at all: Kafka keeps its promises by replicas.
    ///
    /// @param id 1 for the first
    public void kill(int id) {
        if (brokers.size() == 1) {
            throw new IllegalStateException(
                    "the only broker keeps no promises when it is killed; stop it, or start three");
        }
        brokers.get(id - 1).kill();
    }

    /// Starts one broker again after [#kill], and returns when it takes connections.
    public void restart(int id) {
        try {
            brokers.get(id - 1).launch();
            brokers.get(id - 1).awaitStart();
        } catch (IOException e) {
            throw new UncheckedIOException("broker %d did not start again".formatted(id), e);
        }
    }

    /// Ends all brokers and deletes their data.
    @Override
    public void close() {
        brokers.forEach(KafkaProcess::kill);
        brokers.forEach(KafkaProcess::delete);
    }

    private static Map<String, String> settings(int id, int replicas) {
        String copies = Integer.toString(replicas);
        String least = Integer.toString(Math.max(1, replicas - 1));
        return new HashMap<>(
                Map.ofEntries(
                        Map.entry("process.roles", "broker,controller"),
                        Map.entry("node.id", Integer.toString(id)),
                        Map.entry("controller.listener.names", "CONTROLLER"),
                        Map.entry(
                                "listener.security.protocol.map",
                                "PLAINTEXT:PLAINTEXT,%1$s:%1$s,CONTROLLER:PLAINTEXT"
                                        .formatted(PASSWORDS)),
                        Map.entry("broker.heartbeat.interval.ms", "500"),
                        Map.entry("broker.session.timeout.ms", "4000"),
                        Map.entry("auto.create.topics.enable", "true"),
                        Map.entry("default.replication.factor", copies),
                        Map.entry("min.insync.replicas", least),
                        Map.entry("offsets.topic.num.partitions", "1"),
                        Map.entry("offsets.topic.replication.factor", copies),
                        Map.entry("transaction.state.log.num.partitions", "1"),
                        Map.entry("transaction.state.log.replication.factor", copies),
                        Map.entry("transaction.state.log.min.isr", least),
                        Map.entry("group.initial.rebalance.delay.ms", "0"),
                        Map.entry("group.min.session.timeout.ms", "1000"),
                        Map.entry("share.coordinator.state.topic.num.partitions", "1"),
                        Map.entry("share.coordinator.state.topic.replication.factor", copies),
                        Map.entry("share.coordinator.state.topic.min.isr", least)));
    }

    /// A random UUID in the form that brokers have them.
    private static String clusterId() {
        UUID id = UUID.randomUUID();
        ByteBuffer bytes = ByteBuffer.allocate(16);
        bytes.putLong(id.getMostSignificantBits() & Long.MAX_VALUE);
        bytes.putLong(id.getLeastSignificantBits());
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
    }
}
