package dev.twofold.catalog.http;

import static dev.twofold.catalog.TestCatalog.address;
import static dev.twofold.catalog.TestCatalog.get;
import static dev.twofold.catalog.TestCatalog.getAfter;
import static dev.twofold.catalog.TestCatalog.post;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.twofold.catalog.TestCatalog;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.zip.GZIPOutputStream;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.StatisticsHandler;
import org.eclipse.jetty.util.thread.Invocable.InvocationType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What is held of the server itself: which threads answer, and what becomes of requests that are
/// out of the ordinary before a servlet sees them.
class WebServerTest {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final String PRODUCT =
            """
            {"productId": "served", "sku": "SERVED", "name": "Served", "price": 1,
             "currency": "EUR", "description": "%s"}
            """
                    .formatted("Again and again. ".repeat(40));

    @BeforeAll
    static void create() {
        assertThat(getAfter(post("/products", PRODUCT), "/products/served").status())
                .isEqualTo(200);
    }

    @AfterAll
    static void close() {
        CLIENT.close();
    }

    /// The thread that each answer to requests for a path was ended on.
    private static Queue<Thread> endedOn(String path, Consumer<String> ask) {
        Queue<Thread> threads = new ConcurrentLinkedQueue<>();
        HttpConfiguration.Customizer watch =
                (request, _) -> {
                    if (path.equals(Request.getPathInContext(request))) {
                        Request.addCompletionListener(
                                request, _ -> threads.add(Thread.currentThread()));
                    }
                    return request;
                };
        HttpConfiguration configuration = configuration();
        configuration.addCustomizer(watch);
        try {
            ask.accept(path);
            await().until(() -> !threads.isEmpty());
        } finally {
            configuration.getCustomizers().remove(watch);
        }
        return threads;
    }

    private static HttpConfiguration configuration() {
        return connector().getConnectionFactory(HttpConnectionFactory.class).getHttpConfiguration();
    }

    private static ServerConnector connector() {
        Connector only = TestCatalog.server().getConnectors()[0];
        return (ServerConnector) only;
    }

    @Test
    void a_page_in_memory_is_answered_by_the_thread_that_read_the_request() {
        assertThat(TestCatalog.server().getInvocationType()).isEqualTo(InvocationType.NON_BLOCKING);
        StatisticsHandler behind = TestCatalog.server().getDescendant(StatisticsHandler.class);
        assertThat(get("/products/served").status()).isEqualTo(200);

        assertThat(endedOn("/products/served", path -> get(path)))
                .allMatch(thread -> !thread.isVirtual())
                .allMatch(thread -> thread.getName().startsWith("catalog-http-"));
        long before = behind.getRequestTotal();
        String tag = String.valueOf(get("/products/served").header("ETag"));
        assertThat(get("/products/served", "If-None-Match", tag).status()).isEqualTo(304);
        assertThat(gzip("/products/served").statusCode()).isEqualTo(200);
        assertThat(behind.getRequestTotal()).as("went past what is in front").isEqualTo(before);

        assertThat(get("/products/%73erved").status()).isEqualTo(200);
        assertThat(behind.getRequestTotal()).isEqualTo(before + 1);
    }

    @Test
    void whatever_may_wait_has_a_thread_of_its_own() {
        for (String path : List.of("/products", "/products/unheard-of", "/actuator/health")) {
            assertThat(endedOn(path, asked -> get(asked))).allMatch(Thread::isVirtual);
        }
    }

    @Test
    void requests_that_wait_hold_up_no_page_in_memory() throws IOException {
        get("/products/served");
        List<Socket> waiting = new ArrayList<>();
        StatisticsHandler behind = TestCatalog.server().getDescendant(StatisticsHandler.class);
        try {
            for (int i = 0; i < 20 * Runtime.getRuntime().availableProcessors(); i++) {
                Socket socket = connect();
                waiting.add(socket);
                send(
                        socket,
                        "POST /brands HTTP/1.1",
                        "Content-Type: application/json",
                        "Content-Length: 2");
            }
            await().until(() -> behind.getRequestsActive() >= waiting.size());
            for (int i = 0; i < 100; i++) {
                assertThat(get("/products/served").status()).isEqualTo(200);
            }
            assertThat(behind.getRequestsActive()).isGreaterThanOrEqualTo(waiting.size());
            for (Socket socket : waiting) {
                socket.getOutputStream().write("{}".getBytes(StandardCharsets.US_ASCII));
                assertThat(status(socket)).isEqualTo("HTTP/1.1 400 Bad Request");
            }
        } finally {
            for (Socket socket : waiting) {
                socket.close();
            }
        }
    }

    /// A caller who is still sending when the connection is closed may not see the answer.
    @Test
    void reads_what_is_left_of_a_body_that_nobody_wants() throws IOException {
        byte[] body = new byte[900_000];
        for (int i = 0; i < 10; i++) { // one could be in time by luck
            try (Socket socket = connect()) {
                send(socket, "POST /nowhere HTTP/1.1", "Content-Length: " + body.length);
                BufferedReader answer = reader(socket);
                assertThat(answer.readLine()).startsWith("HTTP/1.1 404");
                while (!answer.readLine().contains("unknown-path")) {
                    // until all of it is there
                }
                for (int sent = 0; sent < body.length; sent += 1_000) {
                    socket.getOutputStream().write(body, sent, 1_000); // would fail if cut off
                }
            }
        }
    }

    @Test
    void a_caller_who_asks_first_need_not_send_what_is_refused() throws IOException {
        try (Socket socket = connect()) {
            send(
                    socket,
                    "POST /nowhere HTTP/1.1",
                    "Content-Length: 900000",
                    "Expect: 100-continue");
            assertThat(status(socket)).startsWith("HTTP/1.1 404");
            socket.getInputStream().readAllBytes(); // the server does not wait for it
        }
        try (Socket socket = connect()) {
            send(
                    socket,
                    "POST /brands HTTP/1.1",
                    "Content-Type: application/json",
                    "Content-Length: 2",
                    "Expect: 100-continue");
            BufferedReader answer = reader(socket);
            assertThat(answer.readLine()).startsWith("HTTP/1.1 100");
            socket.getOutputStream().write("{}".getBytes(StandardCharsets.US_ASCII));
            assertThat(answer.readLine()).isEmpty();
            assertThat(answer.readLine()).startsWith("HTTP/1.1 400");
        }
    }

    @Test
    void one_tag_stands_for_an_answer_in_each_coding() {
        for (String path : List.of("/products/served", "/products/%73erved", "/products")) {
            String tag = String.valueOf(get(path).header("ETag"));
            for (String known : List.of("\"other\"", "\"other\", " + tag)) {
                HttpResponse<byte[]> gzip = gzip(path, "If-None-Match", known);
                assertThat(gzip.headers().allValues("ETag")).as(path).containsExactly(tag);
                if (known.contains(tag)) {
                    assertThat(gzip.statusCode()).isEqualTo(304);
                } else {
                    assertThat(gzip.headers().firstValue("Content-Encoding")).contains("gzip");
                }
            }
        }
    }

    private static HttpResponse<byte[]> gzip(String path, String... headers) {
        try {
            return CLIENT.send(
                    TestCatalog.request(path, headers).header("Accept-Encoding", "gzip").build(),
                    BodyHandlers.ofByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    /// A few bytes could become any number.
    @Test
    void expands_no_body_of_a_request() throws IOException {
        ByteArrayOutputStream gzip = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(gzip)) {
            out.write(
                    "{\"brandId\": \"packed\", \"name\": \"Packed\"}"
                            .getBytes(StandardCharsets.UTF_8));
        }
        try (Socket socket = connect()) {
            send(
                    socket,
                    "POST /brands HTTP/1.1",
                    "Content-Type: application/json",
                    "Content-Encoding: gzip",
                    "Content-Length: " + gzip.size());
            socket.getOutputStream().write(gzip.toByteArray());
            assertThat(status(socket)).startsWith("HTTP/1.1 4");
        }
        assertThat(get("/brands/packed").status()).isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /products/served HTTP/1.1|Host: localhost|X: %s||",
                "GET /products/%s HTTP/1.1|Host: localhost||",
                "GET /products/served HTTP/1.1||",
                "GET /products/served HTTP/1.1|Host: localhost|Host: localhost||",
                "GET /products/served HTTP/1.1|Host : localhost||",
                "GET /products/served HTTP/3.7|Host: localhost||",
                "POST / HTTP/1.1|Host: localhost|Content-Length: 5|Content-Length: 6||{    }",
                "POST / HTTP/1.1|Host: localhost|Content-Length: 5|Transfer-Encoding: chunked||0||",
                "nonsense||"
            })
    void answers_what_is_not_http_with_a_problem(String request) throws IOException {
        try (Socket socket = connect()) {
            socket.getOutputStream()
                    .write(
                            request.replace("|", "\r\n")
                                    .replace("%s", "x".repeat(20_000))
                                    .getBytes(StandardCharsets.US_ASCII));
            socket.shutdownOutput();
            String answer =
                    new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(answer)
                    .matches("(?s)HTTP/1\\.1 (4\\d\\d|505) .*")
                    .contains("application/problem+json")
                    .containsAnyOf("invalid-request", "internal-error")
                    .doesNotContainIgnoringCase("jetty")
                    .doesNotContain("Served");
        }
    }

    private static Socket connect() throws IOException {
        return new Socket(address().getHost(), address().getPort());
    }

    private static void send(Socket socket, String... lines) throws IOException {
        String head = String.join("\r\n", lines) + "\r\nHost: localhost\r\n\r\n";
        socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
    }

    private static String status(Socket socket) throws IOException {
        return String.valueOf(reader(socket).readLine());
    }

    private static BufferedReader reader(Socket socket) throws IOException {
        return new BufferedReader(
                new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
    }
}
