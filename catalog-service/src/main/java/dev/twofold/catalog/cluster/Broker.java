package dev.twofold.catalog.cluster;

import dev.twofold.catalog.database.DataFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;

/// A Kafka broker that is its own controller, on a folder that keeps its data and ports.
///
/// It tells its clients where to find it, so relays and query nodes have a port each: what lies on
/// the way of one does not lie on that of the other, nor on the broker's own to itself.
///
/// @param port for itself, and for other programs on this machine
record Broker(Path folder, int port, int relays, int queries, Plan plan) {
    private static final String SETTINGS = "server.properties";
    private static final String PORTS = "ports";

    /// A broker on the folder, which is made ready on its first use.
    static Broker on(DataFolder folder, Plan plan, Path log) {
        List<Integer> kept =
                folder.read(PORTS).stream()
                        .flatMap(String::lines)
                        .map(Integer::parseInt)
                        .collect(Collectors.toCollection(ArrayList::new));
        boolean first = kept.isEmpty();
        while (kept.size() < 4) {
            kept.add(Ports.free());
        }
        Broker broker = new Broker(folder.path(), kept.get(0), kept.get(2), kept.get(3), plan);
        folder.write(SETTINGS, broker.settings(kept.get(1)));
        if (first) {
            broker.format(log);
        }
        folder.write(PORTS, kept.stream().map(Object::toString).collect(Collectors.joining("\n")));
        return broker;
    }

    String direct() {
        return address(port);
    }

    String forRelays() {
        return address(plan.ways().way("relay", "broker", relays));
    }

    String forQueries() {
        return address(plan.ways().way("query-kafka", "broker", queries));
    }

    private static String address(int port) {
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
        List<String> options = new ArrayList<>(plan.java());
        options.addAll(List.of("-cp", plan.libraries().kafka(), main));
        return JavaCommand.of(options, arguments);
    }

    private String settings(int controller) {
        Map<String, String> settings =
                new TreeMap<>(
                        Map.ofEntries(
                                Map.entry("process.roles", "broker,controller"),
                                Map.entry("node.id", "1"),
                                Map.entry(
                                        "listeners",
                                        "PLAINTEXT://%s,RELAYS://%s,QUERIES://%s,CONTROLLER://%s"
                                                .formatted(
                                                        direct(),
                                                        address(relays),
                                                        address(queries),
                                                        address(controller))),
                                Map.entry(
                                        "advertised.listeners",
                                        "PLAINTEXT://%s,RELAYS://%s,QUERIES://%s"
                                                .formatted(direct(), forRelays(), forQueries())),
                                Map.entry(
                                        "listener.security.protocol.map",
                                        "PLAINTEXT:PLAINTEXT,RELAYS:PLAINTEXT,QUERIES:PLAINTEXT,CONTROLLER:PLAINTEXT"),
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
