package dev.twofold.catalog.cluster;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import dev.twofold.catalog.http.RoleGuard;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// One address for all nodes, on loopback: commands and feeds go to nodes that take them, all else
/// to nodes that answer queries, in turn, and past those that do not answer.
///
/// A request that may have reached a node is sent to another one only if that does no harm: a
/// query, or a command with an `Idempotency-Key`.
final class Front implements AutoCloseable {
    private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS");
    private static final Set<String> NOT_PASSED_ON =
            Set.of(
                    "connection",
                    "content-length",
                    "date",
                    "expect",
                    "keep-alive",
                    "te",
                    "trailer",
                    "transfer-encoding",
                    "upgrade");
    private static final int LARGEST_KEPT = 1 << 20;

    /// Nothing was done: the node has another role, or no log; or it has keys of its own, as one
    /// that is fed by Kafka.
    private static final Set<Integer> NOT_HERE = Set.of(401, 421);

    /// A caller waits for a view for 30 seconds at most.
    private static final Duration LONGEST = Duration.ofSeconds(45);

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final List<Backend> commands;
    private final List<Backend> queries;
    private final AtomicInteger turn = new AtomicInteger();

    /// @param commands the nodes that take commands
    /// @param queries the nodes that answer queries
    /// @throws IOException if the port is taken
    Front(int port, List<Backend> commands, List<Backend> queries) throws IOException {
        this.commands = List.copyOf(commands);
        this.queries = List.copyOf(queries);
        this.server =
                HttpServer.create(
                        new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port), 0);
        server.setExecutor(threads);
        server.createContext("/", this::pass);
        server.start();
    }

    URI address() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /// Answers requests for a path, and those below it, itself.
    void answer(String path, HttpHandler handler) {
        server.createContext(path, handler);
    }

    private void pass(HttpExchange exchange) throws IOException {
        try (exchange) {
            Incoming request = Incoming.of(exchange);
            HttpResponse<InputStream> answer = ask(request);
            if (answer == null) {
                refuse(exchange, request);
            } else {
                write(exchange, answer);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// A request, and whether it can be sent twice.
    private static final class Incoming {
        private final HttpExchange exchange;
        private final String method;
        private final String path;

        /// Null if it is too long to be kept.
        private final byte @Nullable [] body;

        /// Whether a node may have carried it out, and nobody knows.
        private boolean lost;

        private Incoming(
                HttpExchange exchange, String method, String path, byte @Nullable [] body) {
            this.exchange = exchange;
            this.method = method;
            this.path = path;
            this.body = body;
        }

        static Incoming of(HttpExchange exchange) throws IOException {
            String method = exchange.getRequestMethod();
            String length = exchange.getRequestHeaders().getFirst("Content-Length");
            boolean chunked = exchange.getRequestHeaders().containsKey("Transfer-Encoding");
            boolean small = !chunked && (length == null || Long.parseLong(length) <= LARGEST_KEPT);
            byte[] body = small ? exchange.getRequestBody().readAllBytes() : null;
            return new Incoming(exchange, method, exchange.getRequestURI().toString(), body);
        }

        boolean isCommand() {
            return RoleGuard.isForCommands(method, exchange.getRequestURI().getPath());
        }

        boolean isFeed() {
            return RoleGuard.isFeed(exchange.getRequestURI().getPath());
        }

        boolean mayBeRepeated() {
            return isKept()
                    && (SAFE.contains(method)
                            || exchange.getRequestHeaders().containsKey("Idempotency-Key"));
        }

        boolean isKept() {
            return body != null;
        }

        /// Whether another node may have a better answer than this one.
        boolean isWorthAnother(int status) {
            return isKept()
                    && (NOT_HERE.contains(status)
                            || (status == 503
                                    && SAFE.contains(method))); // it may have come further
        }

        HttpRequest.Builder outgoing() {
            BodyPublisher content =
                    body == null
                            ? BodyPublishers.ofInputStream(exchange::getRequestBody)
                            : body.length == 0
                                    ? BodyPublishers.noBody()
                                    : BodyPublishers.ofByteArray(body);
            HttpRequest.Builder request =
                    HttpRequest.newBuilder().method(method, content).timeout(LONGEST);
            exchange.getRequestHeaders()
                    .forEach(
                            (name, values) -> {
                                if (!NOT_PASSED_ON.contains(name.toLowerCase(Locale.ROOT))) {
                                    values.forEach(value -> request.header(name, value));
                                }
                            });
            return request;
        }
    }

    /// The answer of the first node that has a good one, or else the last one; null if none has
    /// any.
    private @Nullable HttpResponse<InputStream> ask(Incoming request) throws InterruptedException {
        HttpResponse<InputStream> last = null;
        for (Backend backend : inTurn(request)) {
            try {
                HttpResponse<InputStream> answer =
                        backend.send(
                                request.path,
                                request.outgoing(),
                                request.mayBeRepeated(),
                                BodyHandlers.ofInputStream());
                close(last);
                if (!request.isWorthAnother(answer.statusCode())) {
                    return answer;
                }
                last = answer;
            } catch (ConnectException | HttpConnectTimeoutException _) {
                backend.suspect(); // nothing was sent
            } catch (IOException _) {
                backend.suspect();
                if (!request.mayBeRepeated()) {
                    request.lost = !SAFE.contains(request.method);
                    return null;
                }
            }
        }
        return last;
    }

    private List<Backend> inTurn(Incoming request) {
        List<Backend> all = request.isCommand() ? commands : queries;
        int first = request.isFeed() ? 0 : Math.floorMod(turn.getAndIncrement(), all.size());
        List<Backend> order = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            order.add(all.get((first + i) % all.size()));
        }
        order.removeIf(backend -> !backend.isReady());
        return order;
    }

    private static void close(@Nullable HttpResponse<InputStream> answer) {
        if (answer != null) {
            try {
                answer.body().close();
            } catch (IOException _) {
                // it is of no use any more
            }
        }
    }

    private static void write(HttpExchange exchange, HttpResponse<InputStream> answer)
            throws IOException {
        Headers headers = exchange.getResponseHeaders();
        answer.headers()
                .map()
                .forEach(
                        (name, values) -> {
                            if (!name.startsWith(":")
                                    && !NOT_PASSED_ON.contains(name.toLowerCase(Locale.ROOT))) {
                                headers.put(name, values);
                            }
                        });
        long length = answer.headers().firstValueAsLong("Content-Length").orElse(0);
        boolean empty =
                exchange.getRequestMethod().equals("HEAD")
                        || answer.statusCode() == 204
                        || answer.statusCode() == 304
                        || answer.headers().firstValue("Content-Length").equals(Optional.of("0"));
        try (InputStream in = answer.body()) {
            exchange.sendResponseHeaders(answer.statusCode(), empty ? -1 : length);
            if (!empty) {
                copy(in, exchange.getResponseBody());
            }
        }
    }

    /// Passes on what there is as it comes, since an answer may go on for as long as its reader
    /// listens.
    private static void copy(InputStream in, OutputStream out) throws IOException {
        byte[] buffer = new byte[16 << 10];
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
            out.write(buffer, 0, read);
            if (in.available() == 0) {
                out.flush();
            }
        }
        out.close();
    }

    private static void refuse(HttpExchange exchange, Incoming request) throws IOException {
        byte[] problem =
                (!request.lost
                                ? """
                                {"type": "urn:twofold:problem:no-node", "title": "Service Unavailable", "status": 503, "detail": "no node that takes this request answers now; try again"}
                                """
                                : """
                                {"type": "urn:twofold:problem:outcome-unknown", "title": "Bad Gateway", "status": 502, "detail": "no node has answered; a command may have taken effect all the same: send it with an Idempotency-Key, and it can be sent again"}
                                """)
                        .getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/problem+json");
        exchange.getResponseHeaders().set("Retry-After", "1");
        exchange.sendResponseHeaders(request.lost ? 502 : 503, problem.length);
        exchange.getResponseBody().write(problem);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.close();
    }
}
