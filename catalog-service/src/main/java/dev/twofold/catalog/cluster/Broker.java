package dev.twofold.catalog.cluster;

import dev.twofold.catalog.database.DataFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;

/// A Kafka broker that is its own controller, on a folder that keeps its data and ports.
///
/// @param libraries the class path of the server
record Broker(Path folder, int port, String libraries) {
    private static final String SETTINGS = "server.properties";
    private static final String PORTS = "ports";

    /// A broker on the folder, which is made ready on its first use.
    static Broker on(DataFolder folder, String libraries, Path log) {
        List<String> ports = folder.read(PORTS).stream().flatMap(String::lines).toList();
        int port = ports.isEmpty() ? Ports.free() : Integer.parseInt(ports.get(0));
        int controller = ports.isEmpty() ? Ports.free() : Integer.parseInt(ports.get(1));
        Broker broker = new Broker(folder.path(), port, libraries);
        folder.write(SETTINGS, broker.settings(controller));
        if (ports.isEmpty()) {
            broker.format(log);
            folder.write(PORTS, "%d%n%d".formatted(port, controller));
        }
        return broker;
    }

    String bootstrap() {
        return "127.0.0.1:" + port;
    }

    List<String> command() {
        return java("kafka.Kafka", folder.resolve(SETTINGS).toString());
    }

    private void format(Path log) {
        List<String> command =
                java(
                        "kafka.tools.StorageTool",
                        "format",
                        "--standalone",
                        "--ignore-formatted",
                        "--cluster-id",
                        clusterId(),
                        "--config",
                        folder.resolve(SETTINGS).toString());
        try {
            int exit =
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                            .start()
                            .waitFor();
            if (exit != 0) {
                throw new IllegalStateException(
                        "the broker's folder could not be made ready:%n%s"
                                .formatted(Files.readString(log)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the broker could not be run: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the broker was made ready", e);
        }
    }

    private List<String> java(String main, String... arguments) {
        return JavaCommand.of(
                List.of("-Xmx384m", "-XX:+UseSerialGC", "-cp", libraries, main), arguments);
    }

    private String settings(int controller) {
        Map<String, String> settings =
                new TreeMap<>(
                        Map.ofEntries(
                                Map.entry("process.roles", "broker,controller"),
                                Map.entry("node.id", "1"),
                                Map.entry(
                                        "listeners",
                                        "PLAINTEXT://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d"
                                                .formatted(port, controller)),
                                Map.entry("advertised.listeners", "PLAINTEXT://" + bootstrap()),
                                Map.entry("controller.listener.names", "CONTROLLER"),
                                Map.entry(
                                        "controller.quorum.bootstrap.servers",
                                        "127.0.0.1:" + controller),
                                Map.entry("log.dirs", folder.resolve("data").toString()),
                                Map.entry("num.network.threads", "1"),
                                Map.entry("num.io.threads", "2"),
                                Map.entry("background.threads", "1"),
                                Map.entry("num.replica.fetchers", "1"),
                                Map.entry("log.cleaner.dedupe.buffer.size", "2097152"),
                                // rebuilds read the topic from its start
                                Map.entry("log.retention.ms", "-1"),
                                Map.entry("auto.create.topics.enable", "false"),
                                Map.entry("offsets.topic.num.partitions", "1"),
                                Map.entry("offsets.topic.replication.factor", "1"),
                                Map.entry("transaction.state.log.num.partitions", "1"),
                                Map.entry("transaction.state.log.replication.factor", "1"),
                                Map.entry("transaction.state.log.min.isr", "1"),
                                Map.entry("share.coordinator.state.topic.num.partitions", "1"),
                                Map.entry("share.coordinator.state.topic.replication.factor", "1"),
                                Map.entry("share.coordinator.state.topic.min.isr", "1")));
        return settings.entrySet().stream()
                .map(one -> "%s=%s%n".formatted(one.getKey(), one.getValue()))
                .collect(Collectors.joining());
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
