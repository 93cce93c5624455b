package dev.twofold.catalog.webhook;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A service that is told of events.
final class Receiver implements AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();

    private final HttpServer server;
    private final BlockingQueue<Heard> heard = new LinkedBlockingQueue<>();
    private volatile Answer answer = exchange -> exchange.sendResponseHeaders(204, -1);

    /// What the receiver does with a delivery.
    interface Answer {
        void to(HttpExchange exchange) throws IOException;
    }

    record Heard(String path, String id, String timestamp, String signature, String body) {
        JsonNode json() {
            return JSON.readTree(body);
        }

        String type() {
            return json().path("type").asString();
        }

        long position() {
            return json().path("position").longValue();
        }
    }

    Receiver() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::take);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:%d/hook".formatted(server.getAddress().getPort());
    }

    int port() {
        return server.getAddress().getPort();
    }

    void answers(int status, String... header) {
        answer =
                exchange -> {
                    if (header.length == 2) {
                        exchange.getResponseHeaders().set(header[0], header[1]);
                    }
                    exchange.sendResponseHeaders(status, -1);
                };
    }

    void answers(Answer other) {
        answer = other;
    }

    /// The next delivery.
    Heard next() throws InterruptedException {
        return Objects.requireNonNull(heard.poll(60, TimeUnit.SECONDS), "nothing was delivered");
    }

    boolean isQuiet() {
        return heard.isEmpty();
    }

    private void take(HttpExchange exchange) throws IOException {
        try (exchange) {
            String body =
                    new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            Answer decided = answer;
            heard.add(
                    new Heard(
                            exchange.getRequestURI().getPath(),
                            header(exchange, "webhook-id"),
                            header(exchange, "webhook-timestamp"),
                            header(exchange, "webhook-signature"),
                            body));
            decided.to(exchange);
        }
    }

    private static String header(HttpExchange exchange, String name) {
        @Nullable String value = exchange.getRequestHeaders().getFirst(name);
        return value == null ? "" : value;
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
