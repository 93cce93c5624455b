package dev.twofold.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.twofold.catalog.RunningCatalog.Settings;
import dev.twofold.catalog.database.DataFolder;
import dev.twofold.catalog.database.DataFolder.Claim.Held;
import dev.twofold.testkit.TestNetwork;
import dev.twofold.testkit.TestPostgres;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.ds.PGSimpleDataSource;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;

/// What a node makes of a database that it does not reach.
class DatabaseHealthTest {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final String READINESS = "/actuator/health/readiness";

    @TempDir Path temp;

    private final TestPostgres.Database database = TestPostgres.database();
    private final TestNetwork network = TestNetwork.to(port());

    @AfterEach
    void close() {
        network.close();
    }

    @Test
    void a_command_node_is_not_ready_while_its_database_is_out_of_reach() throws Exception {
        Settings settings = Settings.local(0).as(Role.COMMAND).on(url());
        try (DataFolder folder = ((Held) DataFolder.claim(temp)).folder();
                RunningCatalog node = RunningCatalog.start(folder, settings, line -> {})) {
            assertThat(get(node, READINESS).statusCode()).isEqualTo(200);

            network.refuse();
            Awaitility.await()
                    .atMost(Duration.ofMinutes(1))
                    .until(() -> get(node, READINESS).statusCode() == 503);
            assertThat(get(node, "/actuator/health/liveness").statusCode()).isEqualTo(200);
            assertThat(get(node, "/actuator/health").body())
                    .contains("because", "webhooks", "projections");

            network.heal();
            Awaitility.await()
                    .atMost(Duration.ofMinutes(1))
                    .until(() -> get(node, READINESS).statusCode() == 200);
            assertThat(createBrand(node).statusCode()).isEqualTo(202);
        }
    }

    /// At first the way to the server leads nowhere, and neither side is told.
    @Test
    void one_answer_that_does_not_come_says_little() {
        try (HikariDataSource pool = pool(url());
                DatabaseHealth health = new DatabaseHealth(DatabasePatience.brief(pool))) {
            health.look();
            network.lose();
            health.look();
            assertThat(health.health().getStatus()).isEqualTo(Status.UP);

            network.refuse();
            for (int missed = 2; missed < DatabaseHealth.MISSES; missed++) {
                health.look();
                assertThat(health.health().getStatus()).isEqualTo(Status.UP);
            }
            network.heal();
            health.look();
            network.refuse();
            for (int missed = 1; missed < DatabaseHealth.MISSES; missed++) {
                health.look();
                assertThat(health.health().getStatus()).isEqualTo(Status.UP);
            }
            health.look();
            assertThat(health.health().getStatus()).isEqualTo(Status.DOWN);

            network.heal();
            health.look();
            assertThat(health.health().getStatus()).isEqualTo(Status.UP);
        }
    }

    @Test
    void a_database_that_takes_no_changes_is_down() throws SQLException {
        try (Connection connection = database.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(
                    "ALTER DATABASE %s SET default_transaction_read_only = on"
                            .formatted(connection.getCatalog()));
        }
        try (HikariDataSource pool = pool(database.url());
                DatabaseHealth health = new DatabaseHealth(DatabasePatience.brief(pool))) {
            for (int look = 0; look < DatabaseHealth.MISSES; look++) {
                health.look();
            }
            Health found = health.health();
            assertThat(found.getStatus()).isEqualTo(Status.DOWN);
            assertThat(String.valueOf(found.getDetails().get("because")))
                    .contains("set to read only");
        }
    }

    private static HikariDataSource pool(String url) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setMinimumIdle(0);
        config.setInitializationFailTimeout(-1);
        return new HikariDataSource(config);
    }

    private int port() {
        PGSimpleDataSource parts = new PGSimpleDataSource();
        parts.setUrl(database.url());
        return parts.getPortNumbers()[0];
    }

    private String url() {
        return database.url().replace(":%d/".formatted(port()), ":%d/".formatted(network.port()));
    }

    private static HttpResponse<String> createBrand(RunningCatalog node)
            throws IOException, InterruptedException {
        return CLIENT.send(
                HttpRequest.newBuilder(node.address().resolve("/brands"))
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString("{\"brandId\": \"b\", \"name\": \"Brand\"}"))
                        .build(),
                BodyHandlers.ofString());
    }

    private static HttpResponse<String> get(RunningCatalog node, String path)
            throws IOException, InterruptedException {
        return CLIENT.send(
                HttpRequest.newBuilder(node.address().resolve(path)).build(),
                BodyHandlers.ofString());
    }
}
