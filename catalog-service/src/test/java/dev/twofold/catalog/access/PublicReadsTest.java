package dev.twofold.catalog.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.catalog.RunningCatalog;
import dev.twofold.catalog.RunningCatalog.Settings;
import dev.twofold.catalog.TestCatalog;
import dev.twofold.catalog.database.DataFolder;
import dev.twofold.catalog.database.DataFolder.Claim.Held;
import dev.twofold.testkit.TestPostgres;
import java.io.IOException;
import java.net.InetAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is answered ahead of the filters is held to what they hold requests to. A path with an
/// escaped character goes through all of them, and means the same.
class PublicReadsTest {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    @TempDir private static Path temp;
    private static TestPostgres.Database database;
    private static DataFolder folder;
    private static String operator = "";

    @BeforeAll
    static void create() throws Exception {
        database = TestPostgres.database();
        folder = ((Held) DataFolder.claim(temp)).folder();
        List<String> told = new ArrayList<>();
        try (RunningCatalog catalog = RunningCatalog.start(folder, exposed(), told::add)) {
            operator = told.getFirst().replaceFirst(".*(twofold_\\S+).*", "$1");
            HttpResponse<String> made =
                    CLIENT.send(
                            HttpRequest.newBuilder(catalog.address().resolve("/products"))
                                    .header("Content-Type", "application/json")
                                    .header("Authorization", "Bearer " + operator)
                                    .header("Prefer", "wait=20")
                                    .POST(
                                            BodyPublishers.ofString(
                                                    """
                                                    {"productId": "hot", "sku": "HOT", "name": "Chili",
                                                     "price": 1, "currency": "EUR"}
                                                    """))
                                    .build(),
                            BodyHandlers.ofString());
            assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        }
    }

    @AfterAll
    static void close() {
        folder.close();
        CLIENT.close();
    }

    private static Settings exposed() {
        return new Settings(
                0, InetAddress.ofLiteral("0.0.0.0"), database.url(), Settings.KEEP_ANSWERS, false);
    }

    /// Whoever adds a filter has to say in [PublicReads] what it means for them.
    @Test
    void every_filter_has_been_thought_of() {
        assertThat(TestCatalog.filters())
                .extracting(name -> name.substring(name.lastIndexOf('.') + 1))
                .containsExactlyInAnyOrder(
                        "OrderedCharacterEncodingFilter",
                        "ServerHttpObservationFilter",
                        "RequestGuard",
                        "OrderedRequestContextFilter",
                        "DelegatingFilterProxyRegistrationBean$1",
                        "RoleGuard",
                        "RequestFingerprint");
    }

    @Test
    void nobody_reads_without_a_key_where_a_key_is_needed() throws Exception {
        Settings closed = exposed().with("catalog.access.public-read", "false");
        try (RunningCatalog catalog = RunningCatalog.start(folder, closed, _ -> {})) {
            HttpResponse<String> known = get(catalog, "/products/hot", operator);
            assertThat(known.statusCode()).isEqualTo(200);
            assertThat(get(catalog, "/products/hot", operator).body()).isEqualTo(known.body());

            HttpResponse<String> nobody = get(catalog, "/products/hot", "");
            assertThat(nobody.statusCode()).isEqualTo(401);
            assertThat(nobody.body()).contains("key-required").doesNotContain("Chili");
            String unknown = "twofold_000000000000_" + "x".repeat(43);
            assertThat(get(catalog, "/products/hot", unknown).statusCode()).isEqualTo(401);
        }
    }

    @Test
    void a_read_costs_its_address_one_whichever_way_it_is_answered() throws Exception {
        Settings slow =
                exposed()
                        .with("catalog.access.reads", "12")
                        .with("catalog.access.origins", "https://shop.example");
        try (RunningCatalog catalog = RunningCatalog.start(folder, slow, _ -> {})) {
            List<String> left = new ArrayList<>();
            for (String path :
                    List.of(
                            "/products/hot", // of which the cache has nothing yet
                            "/products/hot",
                            "/products/%68ot",
                            "/products/hot",
                            "/products/none",
                            "/products/none",
                            "/products/%6eone")) {
                HttpResponse<String> answer = get(catalog, path, "");
                assertThat(answer.headers().firstValue("RateLimit-Policy"))
                        .contains("\"reads\";q=12;w=60");
                left.add(answer.headers().firstValue("RateLimit").orElse("").split(";", 3)[1]);
            }
            assertThat(left).containsExactly("r=11", "r=10", "r=9", "r=8", "r=7", "r=6", "r=5");

            assertThat(seen(get(catalog, "/products/hot", "")))
                    .isEqualTo(seen(get(catalog, "/products/%68ot", "")))
                    .contains("origin", "nosniff", "frame-ancestors");
            assertThat(seen(get(catalog, "/products/none", "")))
                    .isEqualTo(seen(get(catalog, "/products/%6eone", "")));
            while (get(catalog, "/products/%68ot", "").statusCode() != 429) {
                // until nothing is left
            }
            HttpResponse<String> refused = get(catalog, "/products/hot", "");
            assertThat(refused.statusCode()).isEqualTo(429);
            assertThat(refused.body()).contains("rate-limited");
        }
    }

    private static HttpResponse<String> get(RunningCatalog catalog, String path, String key)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(catalog.address().resolve(path));
        if (!key.isEmpty()) {
            request.header("Authorization", "Bearer " + key);
        }
        return CLIENT.send(request.build(), BodyHandlers.ofString());
    }

    /// Status and headers, but for how the bytes came and what is left of the rate.
    private static String seen(HttpResponse<String> response) {
        TreeMap<String, Object> told = new TreeMap<>(response.headers().map());
        for (String name :
                List.of("date", "content-length", "transfer-encoding", "ratelimit", "vary")) {
            told.remove(name);
        }
        TreeSet<String> vary = new TreeSet<>();
        response.headers()
                .allValues("Vary")
                .forEach(
                        value ->
                                vary.addAll(
                                        List.of(value.toLowerCase(Locale.ROOT).split(",\\s*"))));
        return "%d %s %s".formatted(response.statusCode(), told, vary);
    }
}
