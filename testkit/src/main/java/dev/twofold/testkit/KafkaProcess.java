package dev.twofold.testkit;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// One broker, which is a controller too, as a process with a folder of its own.
final class KafkaProcess {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final String CLASS_PATH =
            String.join(
                    File.pathSeparator,
                    System.getProperty("jdk.module.path", ""),
                    System.getProperty("java.class.path"));

    /// For a broker that starts soon and takes little memory.
    static final List<String> SMALL =
            List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto");

    /// What Kafka's own scripts start a broker with.
    static final List<String> AS_SHIPPED =
            List.of(
                    "-Xms1g",
                    "-Xmx1g",
                    "-XX:+UseG1GC",
                    "-XX:MaxGCPauseMillis=20",
                    "-XX:InitiatingHeapOccupancyPercent=35",
                    "-XX:+ExplicitGCInvokesConcurrent");

    private final Path folder;
    private final int port;
    private final List<String> options;
    private @Nullable Process process;

    private KafkaProcess(Path folder, int port, List<String> options) {
        this.folder = folder;
        this.port = port;
        this.options = List.copyOf(options);
    }

    /// A broker that has never run.
    ///
    /// @param settings those of `server.properties`, but for `log.dirs`
    /// @param options of its JVM
    static KafkaProcess create(int port, Map<String, String> settings, List<String> options)
            throws IOException {
        Path folder = Files.createTempDirectory("twofold-kafka");
        Properties all = new Properties();
        all.putAll(settings);
        all.put("log.dirs", folder.resolve("data").toString());
        try (var out = Files.newOutputStream(folder.resolve("server.properties"))) {
            all.store(out, null);
        }
        return new KafkaProcess(folder, port, options);
    }

    int port() {
        return port;
    }

    /// Makes the folder that of a cluster, in a process that is returned at once.
    Process format(String clusterId) throws IOException {
        return command(
                        SMALL,
                        "kafka.tools.StorageTool",
                        "format",
                        "--cluster-id",
                        clusterId,
                        "--config",
                        settings())
                .start();
    }

    /// Starts it, and does not wait until it takes connections.
    void launch() throws IOException {
        process = command(options, "kafka.Kafka", settings()).start();
    }

    /// Ends it in order.
    void stop() {
        Process running = process;
        if (running == null) {
            return;
        }
        running.destroy();
        try {
            if (!running.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                throw new IllegalStateException(
                        "the broker at port %d did not stop within %s".formatted(port, PATIENCE));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Ends it at once, and returns when it is gone.
    void kill() {
        if (process != null) {
            process.destroyForcibly().onExit().join();
        }
    }

    void delete() {
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
        } catch (IOException | UncheckedIOException e) {
            // gone already, or left to the system's temporary folder
        }
    }

    /// Returns when it takes connections.
    ///
    /// @throws IllegalStateException with the end of its output, if it never does
    void awaitStart() throws IOException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!isListening()) {
            Process running = process;
            if (running == null || System.nanoTime() > deadline) {
                kill();
                throw new IllegalStateException("the broker did not start: " + output());
            }
            try {
                if (running.waitFor(50, TimeUnit.MILLISECONDS)) {
                    throw new IllegalStateException("the broker has ended: " + output());
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

    /// The end of what it and the tools have said.
    String output() throws IOException {
        try (InputStream in = Files.newInputStream(folder.resolve("output.txt"))) {
            String all = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return all.substring(Math.max(0, all.length() - 4_000));
        }
    }

    private String settings() {
        return folder.resolve("server.properties").toString();
    }

    private ProcessBuilder command(List<String> options, String... command) {
        List<String> line = new ArrayList<>();
        line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        line.addAll(options);
        line.addAll(List.of("-cp", CLASS_PATH));
        line.addAll(List.of(command));
        return new ProcessBuilder(line)
                .redirectErrorStream(true)
                .redirectOutput(
                        ProcessBuilder.Redirect.appendTo(folder.resolve("output.txt").toFile()));
    }
}
