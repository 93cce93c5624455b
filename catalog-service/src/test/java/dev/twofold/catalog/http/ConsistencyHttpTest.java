package dev.twofold.catalog.http;

import static dev.twofold.catalog.TestCatalog.get;
import static dev.twofold.catalog.TestCatalog.getAfter;
import static dev.twofold.catalog.TestCatalog.post;
import static dev.twofold.catalog.TestCatalog.request;
import static dev.twofold.catalog.TestCatalog.send;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.twofold.catalog.CatalogEvents;
import dev.twofold.catalog.OwnCatalog;
import dev.twofold.catalog.RunningCatalog;
import dev.twofold.catalog.RunningCatalog.Settings;
import dev.twofold.catalog.TestCatalog;
import dev.twofold.catalog.TestCatalog.Answer;
import dev.twofold.catalog.database.DataFolder;
import dev.twofold.catalog.database.DataFolder.Claim.Held;
import dev.twofold.catalog.database.EmbeddedPostgres;
import dev.twofold.catalog.product.ProductListing;
import dev.twofold.jackson.JacksonCodec;
import dev.twofold.postgres.LogArchive;
import dev.twofold.postgres.PostgresEventStore;
import dev.twofold.postgres.PostgresLog;
import dev.twofold.postgres.Projection;
import dev.twofold.postgres.Projections;
import dev.twofold.postgres.ViewReader;
import dev.twofold.testkit.TestPostgres;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/// Tokens, waiting, entity tags, conditions and idempotency keys, as callers meet them.
class ConsistencyHttpTest {
    @TempDir Path temp;

    @Test
    void tells_how_far_behind_a_view_is_and_waits_as_long_as_asked() throws Exception {
        create("late", 1);
        Answer renamed;
        Answer refused;
        try (Connection holding = holdProductPages()) {
            renamed = post("/products/late/name", name("Later"), "Prefer", "wait=1");
            assertThat(renamed.status()).isEqualTo(202);
            assertThat(renamed.header("Preference-Applied")).isEqualTo("wait=1");
            assertThat(renamed.header("Location")).isEqualTo("/products/late");
            assertThat(renamed.text("checkUrl")).isEqualTo("/products/late");
            long wanted = position(renamed.token());

            refused = get("/products/late", "Consistency-Token", renamed.token());
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.header("Content-Type")).startsWith("application/problem+json");
            assertThat(refused.problem()).isEqualTo("behind");
            assertThat(refused.header("Retry-After")).isEqualTo("1");
            assertThat(refused.header("Cache-Control")).contains("no-store");
            assertThat(refused.body().path("wanted").longValue()).isEqualTo(wanted);
            assertThat(refused.body().path("position").longValue()).isLessThan(wanted);
            Answer waited =
                    get(
                            "/products?sort=name",
                            "Consistency-Token",
                            renamed.token(),
                            "Prefer",
                            "respond-async, wait=1");
            assertThat(waited.status()).isEqualTo(503);
            assertThat(waited.header("Preference-Applied")).isEqualTo("wait=1");
            assertThat(get("/products/late").text("name")).isEqualTo("late");
            holding.rollback();
        }
        assertThat(getAfter(renamed, "/products/late").text("name")).isEqualTo("Later");
    }

    /// Not why the event does not fit: that would tell what is in it.
    @Test
    void says_at_once_that_waiting_is_of_no_use_before_someone_has_looked_into_it()
            throws Exception {
        try (OwnCatalog own = new OwnCatalog(temp.resolve("own"))) {
            own.create("whole");
            long poisoned = own.poison("ghost");

            Answer parked = stalled(own, "/products/ghost", poisoned);
            assertThat(parked.text("reason")).isEqualTo("parked");
            assertThat(parked.text("detail"))
                    .contains("the event at position %d is set aside".formatted(poisoned));
            assertThat(parked.body().path("position").longValue()).isEqualTo(poisoned - 1);

            Answer stopped = stalled(own, "/category-tree", poisoned);
            assertThat(stopped.text("reason")).isEqualTo("stopped");
            assertThat(stopped.body().path("position").longValue()).isLessThan(poisoned);

            Answer other = after(own, "/products/whole", poisoned);
            assertThat(other.status()).isEqualTo(200);
        }
    }

    /// What is answered once the event has been tried often enough.
    private static Answer stalled(OwnCatalog own, String path, long position) {
        Answer answer = after(own, path, position);
        while (answer.body().path("reason").asString("").isEmpty()) {
            assertThat(answer.problem()).isEqualTo("behind");
            answer = after(own, path, position);
        }
        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.problem()).isEqualTo("behind");
        assertThat(answer.header("Retry-After")).isEqualTo("30");
        assertThat(answer.header("Preference-Applied")).isEqualTo("wait=20");
        assertThat(answer.body().path("retryAfter").intValue()).isEqualTo(30);
        assertThat(answer.body().path("wanted").longValue()).isEqualTo(position);
        assertThat(answer.response().body()).doesNotContain("Ghost", "no creation of product");
        Api api = new Api();
        JsonNode problem = api.file().path("components").path("schemas").path("Problem");
        assertThat(api.faults(problem, answer.body())).isEmpty();
        return answer;
    }

    private static Answer after(OwnCatalog own, String path, long position) {
        return send(
                HttpRequest.newBuilder(own.address().resolve(path))
                        .header("Consistency-Token", own.token(position))
                        .header("Prefer", "wait=20"));
    }

    @Test
    void answers_a_command_with_the_document_when_its_caller_waits() {
        String body =
                "{\"productId\": \"swift\", \"sku\": \"SWIFT\", \"name\": \"Swift\", \"price\": 1,"
                        + " \"currency\": \"EUR\"}";
        Answer created = post("/products", body, "Prefer", "wait=20");
        assertThat(created.status()).isEqualTo(201);
        assertThat(created.header("Location")).isEqualTo("/products/swift");
        assertThat(created.header("Preference-Applied")).isEqualTo("wait=20");
        assertThat(created.text("formattedPrice")).isEqualTo("€1.00");
        assertThat(created.header("ETag")).isEqualTo(get("/products/swift").header("ETag"));
        assertThat(created.header("Cache-Control")).contains("no-store");

        Answer renamed = post("/products/swift/name", name("Swifter"), "Prefer", "wait");
        assertThat(renamed.status()).isEqualTo(200);
        assertThat(renamed.text("name")).isEqualTo("Swifter");
        assertThat(renamed.header("Preference-Applied")).isEqualTo("wait=10");
        Answer same = post("/products/swift/name", name("Swifter"), "Prefer", "wait=20");
        assertThat(same.status()).isEqualTo(200);

        Answer brand = post("/brands", "{\"name\": \"Waited\"}", "Prefer", "wait=5");
        assertThat(brand.status()).isEqualTo(201);
        assertThat(brand.text("name")).isEqualTo("Waited");
        Answer reviewed =
                post(
                        "/products/swift/reviews",
                        "{\"customerId\": \"c\", \"rating\": 4}",
                        "Prefer",
                        "wait=20");
        assertThat(reviewed.status()).isEqualTo(200);
        assertThat(reviewed.body().path("reviewCount").intValue()).isEqualTo(1);
    }

    @Test
    void is_up_to_date_with_events_that_do_not_concern_it() {
        create("idle", 1);
        Answer brand = post("/brands", "{\"name\": \"Nobody's\"}");
        Answer page = getAfter(brand, "/products/idle");
        assertThat(page.status()).isEqualTo(200);
        assertThat(position(page.token())).isGreaterThanOrEqualTo(position(brand.token()));
    }

    @Test
    void refuses_tokens_for_what_the_log_does_not_have() {
        String now = getAfter(create("token", 1), "/products/token").token();
        String future = token(epoch(now), position(now) + 1_000_000);
        String foreign = token("11111111-2222-3333-4444-555555555555", 1);
        for (String path :
                List.of(
                        "/products/token",
                        "/products/token?version=1",
                        "/products/token/prices",
                        "/products",
                        "/brands",
                        "/categories",
                        "/category-tree",
                        "/changes",
                        "/search?q=token",
                        "/suggestions?prefix=tok",
                        "/export/products")) {
            Answer beyond =
                    get(path, "Consistency-Token", future, "Prefer", "wait=30"); // and at once
            assertThat(beyond.status()).isEqualTo(400);
            assertThat(beyond.problem()).isEqualTo("invalid-consistency-token");
            assertThat(beyond.text("reason")).isEqualTo("beyond-the-log");
            assertThat(beyond.body().path("last").longValue())
                    .isLessThan(beyond.body().path("wanted").longValue());
            Answer other = get(path, "Consistency-Token", foreign);
            assertThat(other.status()).isEqualTo(400);
            assertThat(other.text("reason")).isEqualTo("other-log");
            assertThat(get(path, "Consistency-Token", "MTIz").text("reason"))
                    .isEqualTo("malformed");
        }
    }

    @Test
    void refuses_tokens_from_before_a_restore() throws Exception {
        String before = create("kept", 1).token();
        post("/brands", "{\"brandId\": \"kept\", \"name\": \"Kept\"}");
        String tag = String.valueOf(get("/brands/kept").header("ETag"));
        Path archive = temp.resolve("log.ndjson");
        new LogArchive(database()).exportTo(archive, position -> {});
        TestPostgres.Database restored = TestPostgres.database();
        PostgresLog.migrate(restored.dataSource());
        new LogArchive(restored.dataSource()).importFrom(archive, position -> {});
        String imported;
        try (RestoredCatalog catalog = new RestoredCatalog(temp.resolve("data"), restored.url())) {
            assertThat(catalog.reason(before)).isEqualTo("other-log");
            assertThat(catalog.tag("/brands/kept")).isNotEqualTo(tag).endsWith("-1\"");
            imported = catalog.token();
            assertThat(catalog.reason(imported)).isEmpty();
        }
        PostgresLog.renewEpoch(restored.dataSource());
        try (RestoredCatalog catalog = new RestoredCatalog(temp.resolve("data"), restored.url())) {
            assertThat(catalog.reason(imported)).isEqualTo("other-log");
        }
    }

    @Test
    void takes_a_view_without_a_checkpoint_to_be_behind() {
        TestPostgres.Database empty = TestPostgres.database();
        PostgresLog.migrate(empty.dataSource());
        var pages = ProductListing.table(new JacksonCodec());
        try (PostgresEventStore store = new PostgresEventStore(empty.dataSource());
                Projections projections =
                        new Projections(
                                empty.dataSource(),
                                store,
                                List.of(
                                        Projection.of(
                                                CatalogEvents.types(new JacksonCodec()), pages)))) {
            LogEpoch epoch = new LogEpoch("e", () -> 7);
            var query =
                    new ViewQuery<>(
                            "product-page",
                            new ViewReader<>(empty.dataSource(), pages),
                            projections,
                            epoch);
            for (Duration patience : List.of(Duration.ZERO, Duration.ofMillis(50))) {
                for (ConsistencyToken token :
                        new ConsistencyToken[] {null, epoch.token(0), epoch.token(7)}) {
                    Problem behind =
                            catchThrowableOfType(
                                    Problem.class,
                                    () ->
                                            query.find(
                                                    "product",
                                                    "p",
                                                    new Freshness(token, patience)));
                    assertThat(behind.detail().getStatus()).isEqualTo(503);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "wait=5 | 5",
                "WAIT = \"5\" | 5",
                "respond-async;x=\"a, wait=9\", wait=5;y=1, wait=7 | 5",
                "foo=\"wait=3\" | 0",
                "waiting=3 | 0",
                "wait=soon, wait=4 | 0",
                "wait=99999 | 30",
                "wait | 10",
                "return=minimal | 0",
            })
    void reads_preferences(String header, long seconds) {
        assertThat(Preferences.wait(List.of(header))).hasSeconds(seconds);
        assertThat(Preferences.wait(List.of("x", header))).hasSeconds(seconds);
    }

    @Test
    void answers_not_modified_for_whatever_has_a_tag() {
        Answer created = create("tagged", 1);
        getAfter(created, "/products/tagged");
        post("/brands", "{\"brandId\": \"tagged\", \"name\": \"Tagged\"}");
        post("/categories", "{\"categoryId\": \"tagged\", \"name\": \"Tagged\"}");
        Answer assigned = post("/products/tagged/brand", "{\"brandId\": \"tagged\"}");
        getAfter(assigned, "/products/tagged");
        for (String path :
                List.of(
                        "/products/tagged",
                        "/products?brand=tagged",
                        "/brands",
                        "/brands/tagged",
                        "/categories",
                        "/categories/tagged")) {
            Answer first = get(path);
            assertThat(first.header("Cache-Control")).contains("no-cache").contains("public");
            String tag = String.valueOf(first.header("ETag"));
            assertThat(tag).startsWith("W/\"");
            Answer again = get(path, "If-None-Match", "\"other\", " + tag);
            assertThat(again.status()).isEqualTo(304);
            assertThat(again.response().body()).isEmpty();
            assertThat(again.header("ETag")).isEqualTo(tag);
            assertThat(again.response().headers().allValues("Vary").toString())
                    .containsIgnoringCase("Accept")
                    .containsIgnoringCase("Consistency-Token");
            assertThat(again.header("Consistency-Token")).isNotNull();
            assertThat(get(path, "If-None-Match", "W/\"1-2-3\"").status()).isEqualTo(200);
        }
        Answer page = get("/products/tagged", "Accept", "text/html");
        assertThat(page.response().headers().allValues("Vary").toString())
                .containsIgnoringCase("Accept")
                .containsIgnoringCase("Consistency-Token");
        assertThat(page.header("Cache-Control")).contains("no-cache");
        assertThat(page.header("ETag")).isNotEqualTo(get("/products/tagged").header("ETag"));
        Answer unchanged =
                get(
                        "/products/tagged",
                        "Accept",
                        "text/html",
                        "If-None-Match",
                        String.valueOf(page.header("ETag")));
        assertThat(unchanged.status()).isEqualTo(304);

        String listing = String.valueOf(get("/products?brand=tagged").header("ETag"));
        getAfter(post("/products/tagged/stock", "{\"by\": -1}"), "/products/tagged");
        assertThat(get("/products?brand=tagged", "If-None-Match", listing).status()).isEqualTo(200);
    }

    @Test
    void changes_only_what_its_caller_has_seen() {
        Answer created = create("seen", 1);
        String tag = String.valueOf(getAfter(created, "/products/seen").header("ETag"));
        Answer changed = post("/products/seen/name", name("Seen 2"), "If-Match", tag);
        assertThat(changed.status()).isEqualTo(202);
        Answer stale = post("/products/seen/name", name("Seen 3"), "If-Match", tag);
        assertThat(stale.status()).isEqualTo(412);
        assertThat(stale.problem()).isEqualTo("precondition-failed");
        assertThat(stale.body().path("version").longValue()).isEqualTo(2);
        assertThat(stale.header("ETag")).isEqualTo("W/\"2\"");
        assertThat(post("/products/seen/name", name("Seen 3"), "If-Match", "\"1\", \"2\"").status())
                .isEqualTo(202);
        assertThat(post("/products/seen/name", name("Seen 4"), "If-Match", "\"x\"").status())
                .isEqualTo(412);
        Answer unseen = replace("seen");
        assertThat(unseen.status()).isEqualTo(428);
        assertThat(unseen.problem()).isEqualTo("precondition-required");
        assertThat(replace("seen", "If-Match", "\"2\"").status()).isEqualTo(412);
        assertThat(replace("seen", "If-Match", "\"3\"").status()).isEqualTo(202);
        assertThat(replace("seen", "If-Match", "*").status()).isEqualTo(202);
        assertThat(replace("never-seen", "If-Match", "*").status()).isEqualTo(404);
        assertThat(
                        post(
                                        "/products/seen/reviews",
                                        "{\"customerId\": \"c\", \"rating\": 4}",
                                        "If-Match",
                                        tag)
                                .status())
                .isEqualTo(412);

        for (String path : List.of("/brands", "/categories")) {
            Answer first = post(path, "{\"name\": \"Seen once\"}");
            String at = first.text("checkUrl");
            String one = String.valueOf(get(at).header("ETag"));
            assertThat(post(at + "/name", name("Seen twice"), "If-Match", one).status())
                    .isEqualTo(202);
            Answer other = post(at + "/name", name("Seen thrice"), "If-Match", one);
            assertThat(other.status()).isEqualTo(412);
            assertThat(other.body().path("version").longValue()).isEqualTo(2);
            assertThat(get(at).text("name")).isEqualTo("Seen twice");
        }
    }

    @Test
    void compares_the_products_version_whatever_else_its_page_shows() {
        post("/brands", "{\"brandId\": \"calm\", \"name\": \"Calm\"}");
        post("/products/calm-1/brand", "{\"brandId\": \"calm\"}");
        create("calm-1", 1);
        Answer assigned = post("/products/calm-1/brand", "{\"brandId\": \"calm\"}");
        String tag = String.valueOf(getAfter(assigned, "/products/calm-1").header("ETag"));
        Answer renamed = post("/brands/calm/name", name("Calmer"));
        assertThat(getAfter(renamed, "/products/calm-1").header("ETag")).isNotEqualTo(tag);
        assertThat(post("/products/calm-1/name", name("Calm 1"), "If-Match", tag).status())
                .isEqualTo(202);
    }

    @Test
    void has_one_effect_for_one_idempotency_key() {
        create("once", 10);
        Answer first = post("/products/once/stock", "{\"by\": -1}", "Idempotency-Key", "k-1");
        assertThat(first.status()).isEqualTo(202);
        Answer second = post("/products/once/stock", "{\"by\": -1}", "Idempotency-Key", "\"k-1\"");
        assertThat(second.status()).isEqualTo(202);
        assertThat(second.header("Idempotent-Replayed")).isEqualTo("true");
        assertThat(second.response().body()).isEqualTo(first.response().body());
        assertThat(second.header("Location")).isEqualTo(first.header("Location"));
        assertThat(getAfter(second, "/products/once").body().path("stock").intValue()).isEqualTo(9);
        Answer waited =
                post(
                        "/products/once/stock",
                        "{\"by\": -1}",
                        "Idempotency-Key",
                        "k-1",
                        "Prefer",
                        "wait=20");
        assertThat(waited.status()).isEqualTo(200);
        assertThat(waited.body().path("stock").intValue()).isEqualTo(9);

        Answer other = post("/products/once/stock", "{\"by\": -2}", "Idempotency-Key", "k-1");
        assertThat(other.status()).isEqualTo(422);
        assertThat(other.problem()).isEqualTo("idempotency-key-reused");
        assertThat(post("/brands", name("Once"), "Idempotency-Key", "k-1").status()).isEqualTo(422);
        assertThat(post("/brands", name("x"), "Idempotency-Key", "a b").problem())
                .isEqualTo("invalid-header");

        Answer refused = post("/products/once/stock", "{\"by\": -99}", "Idempotency-Key", "k-2");
        assertThat(refused.problem()).isEqualTo("not-enough-stock");
        post("/products/once/stock", "{\"by\": 500}");
        Answer still = post("/products/once/stock", "{\"by\": -99}", "Idempotency-Key", "k-2");
        assertThat(still.problem()).isEqualTo("not-enough-stock");
        assertThat(still.body()).isEqualTo(refused.body());
        assertThat(still.header("Idempotent-Replayed")).isEqualTo("true");

        Answer brand = post("/brands", name("Only once"), "Idempotency-Key", "k-3");
        Answer sameBrand = post("/brands", name("Only once"), "Idempotency-Key", "k-3");
        assertThat(sameBrand.status()).isEqualTo(202);
        assertThat(sameBrand.text("brandId")).isEqualTo(brand.text("brandId"));
        Answer made = post("/products", product("sku-once"), "Idempotency-Key", "k-4");
        Answer sameMade = post("/products", product("sku-once"), "Idempotency-Key", "k-4");
        assertThat(sameMade.text("productId")).isEqualTo(made.text("productId")).isNotEmpty();
        String review = "{\"customerId\": \"once\", \"rating\": 4}";
        assertThat(post("/products/once/reviews", review, "Idempotency-Key", "k-5").status())
                .isEqualTo(202);
        assertThat(post("/products/once/reviews", review, "Idempotency-Key", "k-5").status())
                .isEqualTo(202);
        assertThat(post("/products/once/reviews", review).problem()).isEqualTo("already-reviewed");
    }

    @Test
    void has_one_effect_for_one_idempotency_key_sent_many_times_at_once() throws Exception {
        create("at-once", 100);
        int callers = 8;
        CyclicBarrier start = new CyclicBarrier(callers);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Callable<Answer> call =
                    () -> {
                        start.await();
                        return post(
                                "/products/at-once/stock",
                                "{\"by\": -7}",
                                "Idempotency-Key",
                                "same");
                    };
            List<Future<Answer>> answers =
                    threads.invokeAll(Stream.generate(() -> call).limit(callers).toList());
            Set<String> bodies =
                    answers.stream()
                            .map(answer -> answer.resultNow().response().body())
                            .collect(Collectors.toSet());
            assertThat(bodies).hasSize(1);
            Answer last = answers.getLast().resultNow();
            assertThat(getAfter(last, "/products/at-once").body().path("stock").intValue())
                    .isEqualTo(93);
        }
    }

    /// So that JSON is written once, for the tag and for the caller.
    @Test
    void the_tag_of_what_is_read_from_tables_is_that_of_the_bytes_in_the_answer() {
        Answer created = create("hashed", 1);
        for (String path :
                List.of(
                        "/products",
                        "/products/hashed?version=1",
                        "/products/hashed/prices",
                        "/brands",
                        "/categories",
                        "/category-tree",
                        "/changes",
                        "/search?q=hashed",
                        "/suggestions?prefix=hash")) {
            Answer answer = getAfter(created, path);
            String tag = "-%s\"".formatted(EntityTag.digest(answer.response().body()));
            assertThat(answer.header("ETag")).as(path).endsWith(tag);
        }
    }

    private static Answer create(String id, int stock) {
        Answer created =
                post(
                        "/products",
                        """
                        {"productId": "%s", "sku": "SKU-%s", "name": "%s", "price": 2,
                         "currency": "EUR", "stock": %d}
                        """
                                .formatted(id, id, id, stock));
        assertThat(created.status()).isEqualTo(202);
        return created;
    }

    private static String product(String sku) {
        return "{\"sku\": \"%s\", \"name\": \"N\", \"price\": 1, \"currency\": \"EUR\"}"
                .formatted(sku);
    }

    private static String name(String name) {
        return "{\"name\": \"%s\"}".formatted(name);
    }

    private static Answer replace(String id, String... headers) {
        var request = request("/products/" + id, headers);
        return send(
                request.header("Content-Type", "application/json")
                        .PUT(
                                BodyPublishers.ofString(
                                        "{\"name\": \"R\", \"price\": 3, \"currency\": \"EUR\"}")));
    }

    private static String token(String epoch, long position) {
        return new ConsistencyToken(epoch, position).toString();
    }

    private static long position(String token) {
        return ConsistencyToken.parse(token, epoch(token)).position();
    }

    private static String epoch(String token) {
        String plain =
                new String(
                        java.util.Base64.getUrlDecoder().decode(token),
                        java.nio.charset.StandardCharsets.UTF_8);
        return plain.substring(0, plain.indexOf('@'));
    }

    private static javax.sql.DataSource database() {
        var address = EmbeddedPostgres.running(TestCatalog.data()).orElseThrow();
        var dataSource = new org.postgresql.ds.PGSimpleDataSource();
        dataSource.setUrl(address.url());
        dataSource.setUser(address.user());
        dataSource.setPassword(address.password());
        return dataSource;
    }

    /// Keeps the projection of the product pages from its checkpoint until it is rolled back.
    private static Connection holdProductPages() throws SQLException {
        Connection connection = database().getConnection();
        connection.setAutoCommit(false);
        try (var statement = connection.createStatement()) {
            statement.execute(
                    "SELECT 1 FROM twofold.checkpoint WHERE projection = 'product-page' FOR"
                            + " UPDATE");
        }
        return connection;
    }

    /// A catalog on a database of its own.
    private static final class RestoredCatalog implements AutoCloseable {
        private final DataFolder folder;
        private final RunningCatalog catalog;
        private final HttpClient client = HttpClient.newHttpClient();

        RestoredCatalog(Path data, String url) {
            folder = ((Held) DataFolder.claim(data)).folder();
            catalog = RunningCatalog.start(folder, Settings.local(0).on(url), line -> {});
        }

        /// Why a token is refused; empty if it is not.
        String reason(String token) throws IOException, InterruptedException {
            URI uri = catalog.address().resolve("/brands");
            String body =
                    client.send(
                                    HttpRequest.newBuilder(uri)
                                            .header("Consistency-Token", token)
                                            .build(),
                                    BodyHandlers.ofString())
                            .body();
            return new tools.jackson.databind.json.JsonMapper()
                    .readTree(body)
                    .path("reason")
                    .asString("");
        }

        String token() throws IOException, InterruptedException {
            return header("/brands", "Consistency-Token");
        }

        String tag(String path) throws IOException, InterruptedException {
            return header(path, "ETag");
        }

        private String header(String path, String name) throws IOException, InterruptedException {
            URI uri = catalog.address().resolve(path);
            return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
                    .headers()
                    .firstValue(name)
                    .orElseThrow();
        }

        @Override
        public void close() {
            catalog.close();
            folder.close();
        }
    }
}
