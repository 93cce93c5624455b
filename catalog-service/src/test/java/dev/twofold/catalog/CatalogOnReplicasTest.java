package dev.twofold.catalog;

import static java.util.function.Predicate.not;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.catalog.RunningCatalog.Settings;
import dev.twofold.catalog.database.DataFolder;
import dev.twofold.catalog.database.DataFolder.Claim.Held;
import dev.twofold.postgres.ReplicaStatus;
import dev.twofold.postgres.ReplicaStatus.State;
import dev.twofold.postgres.Replicas;
import dev.twofold.testkit.TestReplicas;
import dev.twofold.testkit.TestReplicas.Server;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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

                servers.replicas().forEach(Server::pauseReplay);
                post(catalog, "/brands/acme/name", "{\"name\": \"Zenith\"}");
                assertThat(get(catalog, "/export/feed", renamed).body())
                        .as("products and names of their brands as a replica has both")
                        .contains("\tApex\t");
                long before = replicas.answeredByPrimary();
                String later = post(catalog, "/products/p1/name", "{\"name\": \"Second\"}");
                assertThat(get(catalog, "/products/p1", later).body()).contains("\"Second\"");
                assertThat(get(catalog, "/products", later).body()).contains("\"Second\"");
                assertThat(replicas.answeredByPrimary()).isGreaterThan(before);
                assertThat(replicas.status().stream().mapToLong(ReplicaStatus::behind).sum())
                        .isPositive();
                for (String query : SHOWING_NAMES) {
                    assertThat(get(catalog, query, later).body()).as(query).contains("Second");
                }
                // and whoever stays with this node does not go back
                for (String query : SHOWING_NAMES) {
                    assertThat(get(catalog, query, "").body()).as(query).contains("Second");
                }
                servers.replicas().forEach(Server::resumeReplay);

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

    /// One after another: `a` stops replaying and goes on, `b` is cut off from the primary, comes
    /// back and is promoted, and `a` is killed. Meanwhile somebody asks without pause.
    @Test
    void metrics_tell_what_became_of_each_replica_while_queries_go_on() throws Exception {
        try (TestReplicas servers = TestReplicas.start(2);
                DataFolder folder = ((Held) DataFolder.claim(temp)).folder()) {
            String database = servers.createDatabase();
            Server serverA = servers.replicas().getFirst();
            Server serverB = servers.replicas().getLast();
            Settings settings =
                    Settings.local(0)
                            .on(servers.primary().url(database))
                            .reading(List.of(serverA.url(database), serverB.url(database)))
                            .with("twofold.replicas.max-lag", "2s");
            AtomicBoolean over = new AtomicBoolean();
            try (RunningCatalog catalog = RunningCatalog.start(folder, settings, line -> {});
                    ExecutorService reader = Executors.newVirtualThreadPerTaskExecutor()) {
                Gauges gauges = new Gauges(catalog);
                List<ReplicaStatus> both = catalog.part(Replicas.class).status();
                String a = both.getFirst().name();
                String b = both.getLast().name();
                AtomicReference<Change> last = new AtomicReference<>(create(catalog));
                gauges.await("streaming", a, 1);
                gauges.awaitState(a, "following");
                gauges.awaitState(b, "following");
                Future<Integer> reads = reader.submit(() -> readOn(catalog, last, over));
                try {
                    serverA.pauseReplay();
                    last.set(rename(catalog, 2));
                    gauges.awaitState(a, "lagging");
                    gauges.await("lag_events", b, 0);
                    assertThat(gauges.of("lag_events", a)).isEqualTo(1);
                    assertThat(gauges.of("lag_wal_bytes", a)).isPositive();
                    assertThat(gauges.of("lag_time_seconds", a)).isGreaterThan(2);
                    assertThat(gauges.of("position", b) - gauges.of("position", a)).isEqualTo(1);
                    assertThat(gauges.of("streaming", a)).isEqualTo(1); // unlike one cut off
                    assertThat(health(catalog)).contains("as its replay is paused");
                    assertThat(gauges.state(b, "following")).isEqualTo(1);
                    awaitAnswersOf(b, catalog, last.get());

                    serverB.disconnect();
                    last.set(rename(catalog, 3));
                    gauges.awaitState(b, "lagging");
                    assertThat(gauges.of("streaming", b)).isZero();
                    assertThat(gauges.of("lag_events", b)).isEqualTo(1);
                    assertThat(gauges.of("lag_wal_bytes", b)).isPositive();
                    assertThat(gauges.of("lag_time_seconds", b)).isGreaterThan(2);
                    assertThat(health(catalog)).contains("as it is connected to no primary");
                    awaitAnswersOf("primary", catalog, last.get());

                    serverA.resumeReplay();
                    gauges.awaitState(a, "following");
                    gauges.await("lag_events", a, 0);
                    awaitAnswersOf(a, catalog, last.get());

                    serverB.follow(servers.primary());
                    gauges.awaitState(b, "following");
                    gauges.await("lag_events", b, 0);
                    gauges.await("streaming", b, 1);

                    serverB.promote();
                    last.set(rename(catalog, 4));
                    gauges.awaitState(b, "foreign");
                    awaitAnswersOf(a, catalog, last.get());

                    serverA.kill();
                    last.set(rename(catalog, 5));
                    gauges.awaitState(a, "out-of-reach");
                    awaitAnswersOf("primary", catalog, last.get());
                } finally {
                    over.set(true);
                }
                assertThat(reads.get()).isPositive();
            }
        }
    }

    /// A name of the product, and the token of the command that gave it.
    private record Change(int name, String token) {
        static final Pattern NAME = Pattern.compile("\"Name (\\d+)\"");
    }

    private Change create(RunningCatalog catalog) throws Exception {
        return new Change(
                1,
                post(
                        catalog,
                        "/products",
                        """
                        {"productId": "p1", "sku": "S1", "name": "Name 1", "price": 1,
                         "currency": "EUR"}
                        """));
    }

    private Change rename(RunningCatalog catalog, int name) throws Exception {
        String body = "{\"name\": \"Name %d\"}".formatted(name);
        return new Change(name, post(catalog, "/products/p1/name", body));
    }

    /// How often it has asked, with the last token. Each answer is right, and none is older than
    /// the one before.
    private int readOn(RunningCatalog catalog, AtomicReference<Change> last, AtomicBoolean over)
            throws Exception {
        int reads = 0;
        int newest = 1;
        for (; !over.get(); reads++) {
            Change change = last.get();
            int name = name(get(catalog, "/products", change.token));
            assertThat(name).isGreaterThanOrEqualTo(Math.max(change.name, newest));
            newest = name;
        }
        return reads;
    }

    private static int name(HttpResponse<String> answer) {
        Matcher name = Change.NAME.matcher(answer.body());
        assertThat(name.find()).as(answer.statusCode() + answer.body()).isTrue();
        return Integer.parseInt(name.group(1));
    }

    /// Until ten queries in a row are answered by this one alone, each with what was changed.
    private void awaitAnswersOf(String source, RunningCatalog catalog, Change change) {
        Gauges gauges = new Gauges(catalog);
        Awaitility.await("queries are answered by %s alone".formatted(source))
                .atMost(Duration.ofSeconds(30))
                .until(
                        () -> {
                            double answered = gauges.answered(source::equals);
                            double others = gauges.answered(not(source::equals));
                            for (int i = 0; i < 10; i++) {
                                assertThat(name(get(catalog, "/search?q=name", change.token)))
                                        .isEqualTo(change.name);
                            }
                            return gauges.answered(source::equals) >= answered + 10
                                    && gauges.answered(not(source::equals)) == others;
                        });
    }

    private String health(RunningCatalog catalog) throws Exception {
        return get(catalog, "/actuator/health", "").body();
    }

    /// What a catalog tells Prometheus of its replicas.
    private final class Gauges {
        private static final Pattern ANSWERED =
                Pattern.compile(
                        "twofold_reads_total\\{outcome=\"answered\",source=\"(.+?)\"} (.+)");
        private final RunningCatalog catalog;

        Gauges(RunningCatalog catalog) {
            this.catalog = catalog;
        }

        double of(String gauge, String replica) throws Exception {
            return value("twofold_replica_%s{replica=\"%s\"}".formatted(gauge, replica));
        }

        double state(String replica, String state) throws Exception {
            return value(
                    "twofold_replica_state{replica=\"%s\",state=\"%s\"}".formatted(replica, state));
        }

        void await(String gauge, String replica, double value) {
            Awaitility.await("%s of %s".formatted(gauge, replica))
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> of(gauge, replica) == value);
        }

        void awaitState(String replica, String state) {
            Awaitility.await("%s is %s".formatted(replica, state))
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> state(replica, state) == 1);
        }

        /// How many reads these servers have answered.
        double answered(Predicate<String> source) throws Exception {
            return ANSWERED.matcher(metrics())
                    .results()
                    .filter(found -> source.test(found.group(1)))
                    .mapToDouble(found -> Double.parseDouble(found.group(2)))
                    .sum();
        }

        private double value(String line) throws Exception {
            return metrics()
                    .lines()
                    .filter(each -> each.startsWith(line + " "))
                    .mapToDouble(each -> Double.parseDouble(each.substring(line.length() + 1)))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no " + line));
        }

        private String metrics() throws Exception {
            return get(catalog, "/actuator/prometheus", "").body();
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
