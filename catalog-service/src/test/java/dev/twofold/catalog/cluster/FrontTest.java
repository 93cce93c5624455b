package dev.twofold.catalog.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.twofold.catalog.database.DataFolder;
import dev.twofold.catalog.database.DataFolder.Claim.Held;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Where requests go, with nodes that only say what they were asked.
class FrontTest {
    /// In place of an answer: the connection is closed.
    private static final int NONE = 0;

    /// As many requests as it takes for each node to be the first to be asked.
    private static final int TURNS = 4;

    @TempDir Path temp;

    private final HttpClient client = HttpClient.newHttpClient();
    private final List<AutoCloseable> open = new ArrayList<>();
    private Node command;
    private Node query;
    private Node fed;
    private Front front;

    @BeforeEach
    void start() throws Exception {
        command = new Node("command");
        query = new Node("query");
        fed = new Node("fed");
        front = new Front(0, List.of(command.backend), List.of(query.backend, fed.backend));
        open.add(front);
    }

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable each : open.reversed()) {
            each.close();
        }
        client.close();
    }

    @Test
    void commands_and_feeds_go_to_nodes_that_take_them_and_all_else_to_others() throws Exception {
        send("POST", "/products");
        send("GET", "/feeds/7");
        assertThat(command.asked).containsExactly("POST /products", "GET /feeds/7");

        send("GET", "/products/p1?at=1");
        send("POST", "/projections/product-page/rebuild");
        send("POST", "/webhooks");
        List<String> others = new ArrayList<>(query.asked);
        others.addAll(fed.asked);
        assertThat(others)
                .containsExactlyInAnyOrder(
                        "GET /products/p1?at=1",
                        "POST /projections/product-page/rebuild",
                        "POST /webhooks");
        assertThat(command.asked).hasSize(2);
    }

    @Test
    void what_a_node_sends_elsewhere_another_one_is_asked() throws Exception {
        for (int status : List.of(421, 401)) {
            fed.status = status;
            for (int i = 0; i < TURNS; i++) {
                assertThat(send("GET", "/webhooks").statusCode()).isEqualTo(200);
                assertThat(send("POST", "/webhooks").statusCode()).isEqualTo(200);
            }
        }
        assertThat(fed.asked).isNotEmpty();

        query.status = 401;
        fed.status = 401;
        assertThat(send("GET", "/products/p1").statusCode()).isEqualTo(401);
    }

    @Test
    void a_query_goes_on_to_a_node_that_is_not_behind() throws Exception {
        fed.status = 503;
        for (int i = 0; i < TURNS; i++) {
            assertThat(send("GET", "/products/p1").body()).isEqualTo("query");
        }
        query.status = 503;
        assertThat(send("GET", "/products/p1").statusCode()).isEqualTo(503);
    }

    @Test
    void a_command_is_sent_to_one_node_unless_it_can_be_repeated() throws Exception {
        Node other = new Node("other");
        try (Front two = new Front(0, List.of(command.backend, other.backend), List.of())) {
            command.status = NONE;
            other.status = NONE;
            HttpRequest.Builder request =
                    HttpRequest.newBuilder(two.address().resolve("/products"))
                            .POST(BodyPublishers.ofString("{}"));
            HttpResponse<String> unknown = client.send(request.build(), BodyHandlers.ofString());
            assertThat(unknown.statusCode()).isEqualTo(502);
            assertThat(unknown.body()).contains("outcome-unknown");
            assertThat(command.asked.size() + other.asked.size()).isEqualTo(1);

            command.backend.suspect();
            other.backend.suspect();
            HttpResponse<String> unsent = client.send(request.build(), BodyHandlers.ofString());
            assertThat(unsent.statusCode()).isEqualTo(503);
            assertThat(unsent.body()).contains("no-node");

            command.backend.look();
            other.backend.look();
            other.status = 200;
            for (int i = 0; i < TURNS; i++) {
                HttpResponse<String> taken =
                        client.send(
                                request.setHeader("Idempotency-Key", "k" + i).build(),
                                BodyHandlers.ofString());
                assertThat(taken.body()).isEqualTo("other");
                command.backend.look();
            }
        }
    }

    private HttpResponse<String> send(String method, String path)
            throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(front.address().resolve(path))
                        .method(method, BodyPublishers.noBody())
                        .build(),
                BodyHandlers.ofString());
    }

    /// A node that answers with its name.
    private final class Node {
        private final List<String> asked = new CopyOnWriteArrayList<>();
        private final Backend backend;
        private volatile int status = 200;

        Node(String name) throws Exception {
            HttpServer server =
                    HttpServer.create(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.createContext(
                    "/",
                    exchange -> {
                        try (exchange) {
                            boolean ready = exchange.getRequestURI().getPath().startsWith("/act");
                            if (!ready) {
                                asked.add(
                                        exchange.getRequestMethod()
                                                + " "
                                                + exchange.getRequestURI());
                            }
                            if (ready || status != NONE) {
                                byte[] body = name.getBytes(UTF_8);
                                exchange.sendResponseHeaders(ready ? 200 : status, body.length);
                                exchange.getResponseBody().write(body);
                            }
                        }
                    });
            server.start();
            open.add(() -> server.stop(0));
            Path folder = temp.resolve(name);
            if (!(DataFolder.claim(folder) instanceof Held(var held))) {
                throw new IllegalStateException("the folder is in use");
            }
            open.add(held);
            held.publish(URI.create("http://127.0.0.1:" + server.getAddress().getPort()));
            backend = new Backend(client, new ThisProcess(name), folder);
            backend.look();
        }
    }

    private record ThisProcess(String name) implements Part {

        @Override
        public String role() {
            return name;
        }

        @Override
        public List<ProcessHandle> processes() {
            return List.of(ProcessHandle.current());
        }

        @Override
        public void start() {}

        @Override
        public void close() {}
    }
}
