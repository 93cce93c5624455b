package dev.twofold.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.catalog.RunningCatalog.Settings;
import dev.twofold.catalog.database.DataFolder;
import dev.twofold.catalog.database.DataFolder.Claim.Held;
import dev.twofold.postgres.ReplicaStatus;
import dev.twofold.postgres.ReplicaStatus.State;
import dev.twofold.postgres.Replicas;
import dev.twofold.testkit.TestReplicas;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CatalogOnReplicasTest {
    private static final List<String> QUERIES =
            List.of(
                    "/products/p1",
                    "/products",
                    "/brands/acme",
                    "/brands",
                    "/categories",
                    "/category-tree",
                    "/changes",
                    "/search?q=first",
                    "/suggestions?prefix=fir",
                    "/products/p1?at=2100-01-01T00:00:00Z",
                    "/products/p1?version=1",
                    "/products/p1/prices",
                    "/export/products",
                    "/export/feed?partial=true");

    /// Those in which a product's name is.
    private static final List<String> SHOWING_NAMES =
            List.of(
                    "/products",
                    "/search",
                    "/suggestions?prefix=sec",
                    "/products/p1?at=2100-01-01T00:00:00Z",
                    "/products/p1?version=2",
                    "/export/products",
                    "/export/feed?partial=true");

    @TempDir Path temp;

    private final HttpClient client = HttpClient.newHttpClient();

    @Test
    void queries_are_answered_from_replicas_as_fresh_as_asked_for_whatever_becomes_of_these()
            throws Exception {
        try (TestReplicas servers = TestReplicas.start(2);
                DataFolder folder = ((Held) DataFolder.claim(temp)).folder()) {
            String database = servers.createDatabase();
            Settings settings =
                    Settings.local(0)
                            .on(servers.primary().url(database))
                            .reading(
                                    servers.replicas().stream()
                                            .map(replica -> replica.url(database))
                                            .toList());
            try (RunningCatalog catalog = RunningCatalog.start(folder, settings, line -> {})) {
                Replicas replicas = catalog.part(Replicas.class);
                awaitBoth(replicas, State.FOLLOWING);

                post(catalog, "/brands", "{\"brandId\": \"acme\", \"name\": \"Acme\"}");
                String token =
                        post(
                                catalog,
                                "/products",
                                """
                                {"productId": "p1", "sku": "S1", "name": "First", "price": 1,
                                 "currency": "EUR", "brandId": "acme"}
                                """);
                readAll(catalog, token);
                Awaitility.await()
                        .until(
                                () -> {
                                    readAll(catalog, token);
                                    return replicas.status().stream()
                                            .allMatch(status -> status.answered() > 0);
                                });

                String renamed = post(catalog, "/brands/acme/name", "{\"name\": \"Apex\"}");
                eachIsAnsweredByReplicas(catalog, replicas, renamed);

                servers.replicas().forEach(TestReplicas.Server::pauseReplay);
                post(catalog, "/brands/acme/name", "{\"name\": \"Zenith\"}");
                assertThat(get(catalog, "/export/feed", renamed).body())
                        .as("products and names of their brands as a replica has both")
                        .contains("\tApex\t");
                long before = replicas.answeredByPrimary();
                String later = post(catalog, "/products/p1/name", "{\"name\": \"Second\"}");
                assertThat(get(catalog, "/products/p1", later).body()).contains("\"Second\"");
                assertThat(get(catalog, "/products", later).body()).contains("\"Second\"");
                assertThat(replicas.answeredByPrimary()).isGreaterThan(before);
                for (String query : SHOWING_NAMES) {
                    assertThat(get(catalog, query, later).body()).as(query).contains("Second");
                }
                // and whoever stays with this node does not go back
                for (String query : SHOWING_NAMES) {
                    assertThat(get(catalog, query, "").body()).as(query).contains("Second");
                }
                servers.replicas().forEach(TestReplicas.Server::resumeReplay);

                servers.replicas().getFirst().promote();
                servers.replicas().getLast().kill();
                Awaitility.await()
                        .atMost(Duration.ofSeconds(30))
                        .until(
                                () ->
                                        replicas.status().stream()
                                                .map(ReplicaStatus::state)
                                                .toList()
                                                .equals(
                                                        List.of(
                                                                State.FOREIGN,
                                                                State.OUT_OF_REACH)));
                readAll(catalog, later);
                assertThat(get(catalog, "/actuator/health", "").body())
                        .contains("no replica", "it does not answer"); // by a look, or by a read
                assertThat(get(catalog, "/actuator/health/readiness", "").statusCode())
                        .isEqualTo(200);
                assertThat(get(catalog, "/actuator/prometheus", "").body())
                        .contains("twofold_reads_total{")
                        .contains("source=\"primary\"")
                        .contains("outcome=\"behind\"")
                        .contains("twofold_replica_lag_wal_bytes{")
                        .containsPattern("twofold_replica_state\\{.*state=\"foreign\".*} 1.0");
            }
        }
    }

    /// Ten times in a row, as the node asks now and then by itself how far the replicas are. Pages
    /// by key come out of the cache.
    private void eachIsAnsweredByReplicas(RunningCatalog catalog, Replicas replicas, String token) {
        for (String query : QUERIES.subList(1, QUERIES.size())) {
            Awaitility.await(query + " is answered by a replica alone")
                    .until(
                            () -> {
                                long primary = replicas.answeredByPrimary();
                                long answered = answeredByReplicas(replicas);
                                for (int i = 0; i < 10; i++) {
                                    get(catalog, query, token);
                                }
                                return answeredByReplicas(replicas) >= answered + 10
                                        && replicas.answeredByPrimary() == primary;
                            });
        }
    }

    private static long answeredByReplicas(Replicas replicas) {
        return replicas.status().stream().mapToLong(ReplicaStatus::answered).sum();
    }

    private static void awaitBoth(Replicas replicas, State state) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(
                        () ->
                                replicas.status().stream()
                                        .allMatch(status -> status.state() == state));
    }

    private void readAll(RunningCatalog catalog, String token) throws Exception {
        for (String query : QUERIES) {
            HttpResponse<String> answer = get(catalog, query, token);
            assertThat(answer.statusCode()).as(query + answer.body()).isEqualTo(200);
        }
    }

    private String post(RunningCatalog catalog, String path, String body) throws Exception {
        HttpResponse<String> answer =
                client.send(
                        HttpRequest.newBuilder(catalog.address().resolve(path))
                                .header("Content-Type", "application/json")
                                .POST(BodyPublishers.ofString(body))
                                .build(),
                        BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
        return answer.headers().firstValue("Consistency-Token").orElseThrow();
    }

    /// @param token empty for none
    private HttpResponse<String> get(RunningCatalog catalog, String path, String token)
            throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(catalog.address().resolve(path));
        if (!token.isEmpty()) {
            request.header("Consistency-Token", token).header("Prefer", "wait=20");
        }
        return client.send(request.build(), BodyHandlers.ofString());
    }
}
