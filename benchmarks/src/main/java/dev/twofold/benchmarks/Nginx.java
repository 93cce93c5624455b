package dev.twofold.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/// Files served by nginx: what a page costs at least.
final class Nginx implements AutoCloseable {
    private final Path folder;
    private final Process process;
    private final HttpService service;

    private Nginx(Path folder, Process process, HttpService service) {
        this.folder = folder;
        this.process = process;
        this.service = service;
    }

    /// Empty where it is not installed.
    static Optional<Nginx> find() {
        if (!Wrk.isInstalled("nginx", "-v")) {
            return Optional.empty();
        }
        try {
            Path folder = Files.createTempDirectory("nginx");
            int port = freePort();
            Path settings = folder.resolve("nginx.conf");
            Files.writeString(settings, settings(folder, port));
            Files.createDirectories(folder.resolve("files"));
            Process process =
                    new ProcessBuilder(
                                    "nginx",
                                    "-p",
                                    folder.toString(),
                                    "-e",
                                    folder.resolve("error.log").toString(),
                                    "-c",
                                    settings.toString())
                            .inheritIO()
                            .start();
            awaitPid(folder, process);
            return Optional.of(
                    new Nginx(
                            folder,
                            process,
                            new HttpService(URI.create("http://127.0.0.1:" + port))));
        } catch (IOException e) {
            throw new UncheckedIOException("nginx did not start", e);
        }
    }

    HttpService service() {
        return service;
    }

    /// @param path as it is asked for, such as `/products/p1`
    void put(String path, String body) {
        try {
            Path file = folder.resolve("files").resolve(path.substring(1));
            Files.createDirectories(file.getParent());
            Files.writeString(file, body);
            for (Path at = file;
                    at != null && !at.equals(folder.getParent());
                    at = at.getParent()) {
                at.toFile().setReadable(true, false);
                at.toFile().setExecutable(true, false); // its workers may be of another user
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String settings(Path folder, int port) {
        return """
        daemon off;
        worker_processes %1$d;
        pid %2$s/pid;
        error_log %2$s/error.log;
        events { worker_connections 1024; }
        http {
          access_log off;
          default_type application/json;
          sendfile on;
          tcp_nopush on;
          keepalive_requests 10000;
          open_file_cache max=10000;
          client_body_temp_path %2$s/body;
          proxy_temp_path %2$s/proxy;
          fastcgi_temp_path %2$s/fastcgi;
          uwsgi_temp_path %2$s/uwsgi;
          scgi_temp_path %2$s/scgi;
          server { listen 127.0.0.1:%3$d; root %2$s/files; }
        }
        """
                .formatted(Runtime.getRuntime().availableProcessors(), folder, port);
    }

    private static void awaitPid(Path folder, Process process) {
        while (!Files.exists(folder.resolve("pid"))) {
            if (!process.isAlive()) {
                throw new IllegalStateException("nginx did not start");
            }
            LockSupport.parkNanos(1_000_000);
        }
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @Override
    public void close() {
        service.close();
        process.destroy();
        process.onExit().join();
    }
}
