package dev.twofold.redis;

import dev.twofold.testkit.TestNetwork;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import redis.embedded.core.ExecutableProvider;

/// A Redis server, or a Sentinel, as a process of its own on a port of loopback.
final class RedisProcess implements AutoCloseable {
    private static final Path BINARY = binary();

    private final int port;
    private final Path folder;
    private final List<String> command;
    private Process process;

    private RedisProcess(int port, Path folder, List<String> command) {
        this.port = port;
        this.folder = folder;
        this.command = command;
        this.process = launch();
    }

    private static Path binary() {
        try {
            Path binary = ExecutableProvider.newJarResourceProvider().get().toPath();
            Runtime.getRuntime()
                    .addShutdownHook(
                            new Thread(() -> delete(Objects.requireNonNull(binary.getParent()))));
            return binary;
        } catch (IOException e) {
            throw new AssertionError("no Redis for this platform among the test's artifacts", e);
        }
    }

    /// A server on any free port, which keeps nothing on disk.
    static RedisProcess server(String... options) {
        return server(freePort(), options);
    }

    static RedisProcess server(int port, String... options) {
        List<String> command = new ArrayList<>(List.of(BINARY.toString()));
        command.addAll(List.of("--port", "" + port, "--bind", "127.0.0.1"));
        command.addAll(List.of("--save", "", "--appendonly", "no", "--loglevel", "warning"));
        command.addAll(List.of(options));
        return new RedisProcess(port, folder(), command);
    }

    /// A Sentinel that watches a master and acts on its own.
    static RedisProcess sentinel(String name, RedisProcess master) {
        int port = freePort();
        Path folder = folder();
        Path file = folder.resolve("sentinel.conf");
        try {
            Files.writeString(
                    file,
                    """
                    port %d
                    bind 127.0.0.1
                    sentinel monitor %s 127.0.0.1 %d 1
                    sentinel down-after-milliseconds %s 500
                    sentinel failover-timeout %s 3000
                    """
                            .formatted(port, name, master.port, name, name));
        } catch (IOException e) {
            throw new AssertionError("no configuration of a Sentinel", e);
        }
        return new RedisProcess(
                port, folder, List.of(BINARY.toString(), file.toString(), "--sentinel"));
    }

    int port() {
        return port;
    }

    /// Of a network that leads to a server.
    static String uri(TestNetwork way) {
        return "redis://127.0.0.1:" + way.port();
    }

    String uri() {
        return "redis://127.0.0.1:" + port;
    }

    private Process launch() {
        try {
            Process started =
                    new ProcessBuilder(command)
                            .directory(folder.toFile())
                            .redirectErrorStream(true)
                            .redirectOutput(folder.resolve("log").toFile())
                            .start();
            Wait.until(
                    "Redis answers at " + port,
                    () -> {
                        if (!started.isAlive()) {
                            throw new AssertionError("Redis ended: " + read(folder.resolve("log")));
                        }
                        return answers();
                    });
            return started;
        } catch (IOException e) {
            throw new AssertionError("Redis does not start", e);
        }
    }

    private boolean answers() {
        try {
            return tell("PING").startsWith("+PONG");
        } catch (IOException _) {
            return false;
        }
    }

    /// Sends one command and returns the beginning of the reply as it comes.
    String say(String command) {
        try {
            return tell(command);
        } catch (IOException e) {
            throw new AssertionError("Redis does not answer " + command, e);
        }
    }

    private String tell(String line) throws IOException {
        try (Socket socket = new Socket()) {
            socket.setSoTimeout(5_000);
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 2_000);
            OutputStream out = socket.getOutputStream();
            out.write((line + "\r\n").getBytes(StandardCharsets.UTF_8));
            out.flush();
            InputStream in = socket.getInputStream();
            byte[] reply = new byte[65_536];
            int length = in.read(reply);
            return length < 0 ? "" : new String(reply, 0, length, StandardCharsets.UTF_8);
        }
    }

    /// Stops the process as it is, without closing its connections.
    void pause() {
        signal("STOP");
    }

    void resume() {
        signal("CONT");
    }

    private void signal(String name) {
        try {
            Process kill = new ProcessBuilder("kill", "-" + name, "" + process.pid()).start();
            if (!kill.waitFor(5, TimeUnit.SECONDS) || kill.exitValue() != 0) {
                throw new AssertionError("no signal " + name);
            }
        } catch (IOException e) {
            throw new AssertionError("no signal " + name, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    void kill() {
        process.destroyForcibly();
        process.onExit().join();
    }

    /// Starts again, with nothing.
    void restart() {
        process = launch();
    }

    @Override
    public void close() {
        kill();
        delete(folder);
    }

    static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = socket.getLocalPort();
            // a cluster's nodes also listen 10,000 above
            return port < 55_000 ? port : freePort();
        } catch (IOException e) {
            throw new AssertionError("no free port", e);
        }
    }

    private static Path folder() {
        try {
            return Files.createTempDirectory("redis-test-");
        } catch (IOException e) {
            throw new AssertionError("no folder for Redis", e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new AssertionError("the folder stays: " + folder, e);
        }
    }
}
