package dev.twofold.testkit;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// A Kafka broker for tests, as a process of its own that can be stopped and started again.
///
/// Tests that use it have `org.apache.kafka:kafka_2.13` as a dependency; it is looked for on the
/// class path and module path of the JVM. The broker is its own controller, listens on loopback and
/// keeps its data in a temporary folder, which goes with it.
public final class TestKafka implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(60);
    private static final String CLASS_PATH =
            String.join(
                    File.pathSeparator,
                    System.getProperty("jdk.module.path", ""),
                    System.getProperty("java.class.path"));

    private final Path folder;
    private final int port;
    private Process process;

    private TestKafka(Path folder, int port, Process process) {
        this.folder = folder;
        this.port = port;
        this.process = process;
    }

    /// Starts a broker with no topics, and returns when it takes connections.
    public static TestKafka start() {
        try {
            Path folder = Files.createTempDirectory("twofold-kafka");
            int port = freePort();
            writeSettings(folder, port, freePort());
            run(
                    folder,
                    "kafka.tools.StorageTool",
                    "format",
                    "--standalone",
                    "--cluster-id",
                    clusterId(),
                    "--config",
                    folder.resolve("server.properties").toString());
            TestKafka kafka = new TestKafka(folder, port, launch(folder));
            kafka.awaitStart();
            Runtime.getRuntime().addShutdownHook(new Thread(kafka::close, "test-kafka-stop"));
            return kafka;
        } catch (IOException e) {
            throw new UncheckedIOException("the broker did not start", e);
        }
    }

    /// The settings that clients need.
    public Map<String, Object> settings() {
        return Map.of("bootstrap.servers", bootstrap());
    }

    public String bootstrap() {
        return "127.0.0.1:" + port;
    }

    /// Stops the broker in order, as for maintenance; what it acknowledged is still there after
    /// [#restart].
    ///
    /// A broker without replicas that is killed instead may come back without what it acknowledged
    /// last, or not come back to transactions at all: Kafka keeps its promises by replicas.
    public void stop() {
        process.destroy();
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                throw new IllegalStateException("the broker did not stop within 60 s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Starts the broker again after [#stop], at the same address, and returns when it takes
    /// connections.
    public void restart() {
        try {
            process = launch(folder);
            awaitStart();
        } catch (IOException e) {
            throw new UncheckedIOException("the broker did not start again", e);
        }
    }

    /// Stops the broker and deletes its data.
    @Override
    public void close() {
        process.destroyForcibly();
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
        } catch (IOException | UncheckedIOException e) {
            // gone already, or left to the system's temporary folder
        }
    }

    private static void writeSettings(Path folder, int port, int controllerPort)
            throws IOException {
        Properties settings = new Properties();
        settings.putAll(
                Map.ofEntries(
                        Map.entry("process.roles", "broker,controller"),
                        Map.entry("node.id", "1"),
                        Map.entry(
                                "listeners",
                                "PLAINTEXT://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d"
                                        .formatted(port, controllerPort)),
                        Map.entry("advertised.listeners", "PLAINTEXT://127.0.0.1:" + port),
                        Map.entry("controller.listener.names", "CONTROLLER"),
                        Map.entry(
                                "controller.quorum.bootstrap.servers",
                                "127.0.0.1:" + controllerPort),
                        Map.entry("log.dirs", folder.resolve("data").toString()),
                        Map.entry("num.network.threads", "1"),
                        Map.entry("num.io.threads", "2"),
                        Map.entry("background.threads", "1"),
                        Map.entry("num.replica.fetchers", "1"),
                        Map.entry("log.cleaner.dedupe.buffer.size", "2097152"),
                        Map.entry("auto.create.topics.enable", "true"),
                        Map.entry("offsets.topic.num.partitions", "1"),
                        Map.entry("offsets.topic.replication.factor", "1"),
                        Map.entry("transaction.state.log.num.partitions", "1"),
                        Map.entry("transaction.state.log.replication.factor", "1"),
                        Map.entry("transaction.state.log.min.isr", "1"),
                        Map.entry("group.initial.rebalance.delay.ms", "0"),
                        Map.entry("group.min.session.timeout.ms", "1000"),
                        Map.entry("share.coordinator.state.topic.num.partitions", "1"),
                        Map.entry("share.coordinator.state.topic.replication.factor", "1"),
                        Map.entry("share.coordinator.state.topic.min.isr", "1")));
        try (var out = Files.newOutputStream(folder.resolve("server.properties"))) {
            settings.store(out, null);
        }
    }

    private static Process launch(Path folder) throws IOException {
        return command(folder, "kafka.Kafka", folder.resolve("server.properties").toString())
                .start();
    }

    private static void run(Path folder, String... command) throws IOException {
        Process process = command(folder, command).start();
        try {
            if (process.waitFor() != 0) {
                throw new IllegalStateException(
                        "%s failed; is org.apache.kafka:kafka_2.13 a dependency of the tests? %s"
                                .formatted(command[0], output(folder)));
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    private static ProcessBuilder command(Path folder, String... command) {
        List<String> line =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx256m",
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-Xshare:auto",
                                "-cp",
                                CLASS_PATH));
        line.addAll(List.of(command));
        return new ProcessBuilder(line)
                .redirectErrorStream(true)
                .redirectOutput(
                        ProcessBuilder.Redirect.appendTo(folder.resolve("output.txt").toFile()));
    }

    private void awaitStart() throws IOException {
        long deadline = System.nanoTime() + START.toNanos();
        while (!isListening()) {
            if (!process.isAlive() || System.nanoTime() > deadline) {
                process.destroyForcibly();
                throw new IllegalStateException("the broker did not start: " + output(folder));
            }
            try {
                if (process.waitFor(50, TimeUnit.MILLISECONDS)) {
                    throw new IllegalStateException("the broker has ended: " + output(folder));
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private boolean isListening() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static String output(Path folder) throws IOException {
        try (InputStream in = Files.newInputStream(folder.resolve("output.txt"))) {
            String all = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return all.substring(Math.max(0, all.length() - 4_000));
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /// A random UUID in the form that the broker has them.
    private static String clusterId() {
        UUID id = UUID.randomUUID();
        ByteBuffer bytes = ByteBuffer.allocate(16);
        bytes.putLong(id.getMostSignificantBits() & Long.MAX_VALUE);
        bytes.putLong(id.getLeastSignificantBits());
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
    }
}
