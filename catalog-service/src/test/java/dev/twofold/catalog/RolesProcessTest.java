package dev.twofold.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.testkit.TestPostgres;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Nodes of a catalog as processes of their own, which share nothing but a database.
@Timeout(180)
class RolesProcessTest {
    private static final int PRODUCTS = 300;
    private static final Duration LOOK = Duration.ofMillis(10);
    private static final String HOLD_BACK =
            "SELECT FROM twofold.checkpoint WHERE projection = 'product-page' FOR UPDATE";
    private static final String HOLD_LOG = "LOCK TABLE twofold.event IN EXCLUSIVE MODE";

    @TempDir Path temp;

    private final String database = TestPostgres.database().url();
    private final List<CatalogNode> started = new ArrayList<>();

    @AfterEach
    void stop() {
        started.forEach(node -> node.process().destroyForcibly());
    }

    @Test
    void a_command_node_and_a_query_node_are_one_catalog() throws Exception {
        CatalogNode command = start("command");
        for (int i = 0; i < PRODUCTS; i++) {
            assertThat(command.create("p" + i).statusCode()).isEqualTo(202);
        }

        // ready only with all that was in the log when it was started
        CatalogNode query = start("query");
        assertThat(query.count()).isEqualTo(PRODUCTS);
        assertThat(query.get("/actuator/health/readiness").statusCode()).isEqualTo(200);

        HttpResponse<String> late = command.create("late");
        assertThat(query.getAfter(late, "/products/late").statusCode()).isEqualTo(200);

        HttpResponse<String> refused = query.create("other");
        assertThat(refused.statusCode()).isEqualTo(421);
        assertThat(refused.body()).contains("other-role", "takes no commands", "command or all");
        assertThat(command.get("/products/late").statusCode()).isEqualTo(421);

        // asked to stop, it answers first whoever waits for what comes in time
        CompletableFuture<HttpResponse<String>> waiting;
        try (Connection connection = DriverManager.getConnection(database);
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute(HOLD_BACK);
            String last = CatalogNode.token(command.create("last"));
            waiting =
                    CatalogNode.CLIENT.sendAsync(
                            HttpRequest.newBuilder(query.address().resolve("/products/last"))
                                    .headers("Consistency-Token", last, "Prefer", "wait=20")
                                    .build(),
                            BodyHandlers.ofString());
            // besides the one that asks
            awaitRequests(query, "GET", 2);
            query.process().destroy();
            awaitNoneIsTaken(query);
            connection.rollback();
        }
        assertThat(waiting.get(30, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
        assertThat(query.process().waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(query.errors()).isEmpty();

        ends_with_the_command_that_is_under_way(command);
    }

    private void ends_with_the_command_that_is_under_way(CatalogNode command) throws Exception {
        try (Connection connection = DriverManager.getConnection(database);
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute(HOLD_LOG);
            CompletableFuture<HttpResponse<String>> created = command.beginToCreate("under-way");
            awaitRequests(command, "POST", 1);
            command.process().destroy();
            awaitNoneIsTaken(command);
            assertThat(created).isNotDone();
            connection.rollback();

            HttpResponse<String> answer = created.get(30, TimeUnit.SECONDS);
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
            assertThat(command.process().waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(command.errors()).isEmpty();
            try (ResultSet row =
                    statement.executeQuery(
                            "SELECT count(*) FROM twofold.event WHERE stream ="
                                    + " 'product-under-way'")) {
                assertThat(row.next()).isTrue();
                assertThat(row.getLong(1)).isEqualTo(1);
            }
        }
    }

    /// Returns once the node's server has this many requests of a method at hand.
    private static void awaitRequests(CatalogNode node, String method, int number) {
        String active =
                "(?s).*http_server_requests_active_seconds_count\\{[^}]*method=\"%s\"[^}]*\\} %d.*"
                        .formatted(method, number);
        Awaitility.await()
                .atMost(Duration.ofMinutes(1))
                .pollDelay(Duration.ZERO)
                .pollInterval(LOOK)
                .until(() -> node.get("/actuator/prometheus").body().matches(active));
    }

    /// Returns once the node takes no new requests.
    private static void awaitNoneIsTaken(CatalogNode node) {
        Awaitility.await()
                .atMost(Duration.ofMinutes(1))
                .pollDelay(Duration.ZERO)
                .pollInterval(LOOK)
                .until(() -> node.status("/actuator/health/liveness") != 200);
    }

    private CatalogNode start(String role) throws IOException {
        CatalogNode node =
                CatalogNode.launch(temp.resolve(role), "--role", role, "--database-url", database);
        started.add(node);
        return node;
    }
}
