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
        assertThat(count(query)).isEqualTo(PRODUCTS);
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
            awaitRequest(query);
            query.process().destroy();
            connection.rollback();
        }
        assertThat(waiting.get(30, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
        assertThat(query.process().waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(query.errors()).isEmpty();
        assertThat(command.errors()).isEmpty();
    }

    /// Returns once the node's server has a request at hand besides this one's.
    private static void awaitRequest(CatalogNode node) throws Exception {
        String metrics = "";
        while (!metrics.matches("(?s).*http_server_requests_active_seconds_count\\{[^}]*\\} 2.*")) {
            metrics = node.get("/actuator/prometheus").body();
        }
    }

    private CatalogNode start(String role) throws IOException {
        CatalogNode node =
                CatalogNode.launch(temp.resolve(role), "--role", role, "--database-url", database);
        started.add(node);
        return node;
    }

    private long count(CatalogNode node) throws Exception {
        long count = 0;
        String next = "/products?limit=100";
        while (!next.isEmpty()) {
            var page = JSON.readTree(node.get(next).body());
            count += page.path("items").size();
            next = page.path("next").asString("");
        }
        return count;
    }
}
