package dev.twofold.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.testkit.TestPostgres;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/// Nodes of a catalog as processes of their own, which share nothing but a database.
@Timeout(180)
class RolesProcessTest {
    private static final int PRODUCTS = 300;
    private static final String HOLD_BACK =
            "SELECT FROM twofold.checkpoint WHERE projection = 'product-page' FOR UPDATE";
    private static final JsonMapper JSON = new JsonMapper();

    @TempDir Path temp;

    private final String database = TestPostgres.database().url();
    private final HttpClient client = HttpClient.newHttpClient();
    private final List<Process> started = new ArrayList<>();

    @AfterEach
    void stop() {
        started.forEach(Process::destroyForcibly);
    }

    @Test
    void a_command_node_and_a_query_node_are_one_catalog() throws Exception {
        Node command = start("command");
        for (int i = 0; i < PRODUCTS; i++) {
            assertThat(create(command, "p" + i).statusCode()).isEqualTo(202);
        }

        // ready only with all that was in the log when it was started
        Node query = start("query");
        assertThat(count(query)).isEqualTo(PRODUCTS);
        assertThat(get(query, "/actuator/health/readiness").statusCode()).isEqualTo(200);

        String token = token(create(command, "late"));
        assertThat(
                        get(
                                        query,
                                        "/products/late",
                                        "Consistency-Token",
                                        token,
                                        "Prefer",
                                        "wait=20")
                                .statusCode())
                .isEqualTo(200);

        HttpResponse<String> refused = create(query, "other");
        assertThat(refused.statusCode()).isEqualTo(421);
        assertThat(refused.body()).contains("other-role", "takes no commands", "command or all");
        assertThat(get(command, "/products/late").statusCode()).isEqualTo(421);

        // asked to stop, it answers first whoever waits for what comes in time
        CompletableFuture<HttpResponse<String>> waiting;
        try (Connection connection = DriverManager.getConnection(database);
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute(HOLD_BACK);
            String last = token(create(command, "last"));
            waiting =
                    client.sendAsync(
                            HttpRequest.newBuilder(query.address.resolve("/products/last"))
                                    .headers("Consistency-Token", last, "Prefer", "wait=20")
                                    .build(),
                            BodyHandlers.ofString());
            query.awaitRequest(client);
            query.process.destroy();
            connection.rollback();
        }
        assertThat(waiting.get(30, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
        assertThat(query.process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(Files.readString(query.errors)).isEmpty();
        assertThat(Files.readString(command.errors)).isEmpty();
    }

    private static String token(HttpResponse<String> command) {
        return command.headers().firstValue("Consistency-Token").orElseThrow();
    }

    private record Node(Process process, URI address, Path errors) {
        /// Returns once the server has a request at hand besides this one's.
        void awaitRequest(HttpClient client) throws IOException, InterruptedException {
            String metrics = "";
            while (!metrics.matches(
                    "(?s).*http_server_requests_active_seconds_count\\{[^}]*\\} 2.*")) {
                metrics =
                        client.send(
                                        HttpRequest.newBuilder(
                                                        address.resolve("/actuator/prometheus"))
                                                .build(),
                                        BodyHandlers.ofString())
                                .body();
            }
        }
    }

    private Node start(String role) throws IOException {
        Path errors = temp.resolve(role + ".err");
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                System.getProperty("java.class.path"),
                                CatalogMain.class.getName(),
                                "--role",
                                role,
                                "--database-url",
                                database,
                                "--port",
                                "0",
                                "--data",
                                temp.resolve(role).toString())
                        .redirectError(errors.toFile())
                        .start();
        started.add(process);
        BufferedReader out = process.inputReader();
        String first = String.valueOf(out.readLine());
        String line =
                first.startsWith("The operator's key, shown this once: ") ? out.readLine() : first;
        assertThat(line)
                .as(() -> "it said %s and %s".formatted(line, text(errors)))
                .startsWith("The catalog answers at http://127.0.0.1:");
        return new Node(process, URI.create(line.substring(line.indexOf("http"))), errors);
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }

    private HttpResponse<String> create(Node node, String id) throws Exception {
        return client.send(
                HttpRequest.newBuilder(node.address.resolve("/products"))
                        .header("Content-Type", "application/json")
                        .POST(
                                BodyPublishers.ofString(
                                        """
                                        {"productId": "%s", "sku": "SKU-%s", "name": "Product", "price": 1, "currency": "EUR"}
                                        """
                                                .formatted(id, id)))
                        .build(),
                BodyHandlers.ofString());
    }

    private long count(Node node) throws Exception {
        long count = 0;
        String next = "/products?limit=100";
        while (!next.isEmpty()) {
            var page = JSON.readTree(get(node, next).body());
            count += page.path("items").size();
            next = page.path("next").asString("");
        }
        return count;
    }

    private HttpResponse<String> get(Node node, String path, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(node.address.resolve(path));
        return client.send(
                (headers.length == 0 ? request : request.headers(headers)).build(),
                BodyHandlers.ofString());
    }
}
