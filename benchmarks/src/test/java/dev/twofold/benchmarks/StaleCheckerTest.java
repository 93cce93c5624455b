package dev.twofold.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// That the checker counts, shown by a server that does wrong when it is told to.
class StaleCheckerTest {
    private static final String LOWEST = "{\"price\":1.00}";

    private HttpServer server;
    private HttpService service;
    private StaleChecker checker;

    /// What was changed last, and what is answered.
    private volatile String last = LOWEST;

    private volatile boolean old;
    private volatile int status = 200;
    private volatile String token = "";

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
        service = new HttpService(URI.create("http://127.0.0.1:" + server.getAddress().getPort()));
        checker = new StaleChecker(service, List.of("/products/p1"), new AtomicLong(1_000));
    }

    @AfterEach
    void stop() {
        service.close();
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        if (exchange.getRequestMethod().equals("POST")) {
            last = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
            exchange.getResponseHeaders().add("Consistency-Token", "token-7");
            exchange.sendResponseHeaders(202, -1);
        } else {
            token = String.valueOf(exchange.getRequestHeaders().getFirst("Consistency-Token"));
            byte[] body = (old ? LOWEST : last).getBytes(UTF_8);
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
        }
        exchange.close();
    }

    @Test
    void counts_answers_older_than_their_token() {
        checker.changeAndRead();
        assertThat(checker.stale()).isZero();
        old = true;
        checker.changeAndRead();
        checker.read();
        assertThat(token).isEqualTo("token-7");
        assertThat(checker.stale()).isEqualTo(2);
        assertThat(checker.reads()).isEqualTo(3);
        assertThat(checker.changes()).isEqualTo(2);
    }

    @Test
    void counts_what_is_said_to_be_behind_apart() {
        status = 503;
        old = true;
        checker.changeAndRead();
        assertThat(checker.behind()).isEqualTo(1);
        assertThat(checker.stale()).isZero();
    }
}
