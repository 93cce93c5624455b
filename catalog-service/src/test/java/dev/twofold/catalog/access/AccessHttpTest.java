package dev.twofold.catalog.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpServer;
import dev.twofold.catalog.RunningCatalog;
import dev.twofold.catalog.RunningCatalog.Settings;
import dev.twofold.catalog.database.DataFolder;
import dev.twofold.catalog.database.DataFolder.Claim.Held;
import dev.twofold.testkit.TestPostgres;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggingSystem;

/// A catalog that listens beyond loopback, on a PostgreSQL of one's own, with an issuer of tokens
/// beside it.
class AccessHttpTest {
    private static final String AUDIENCE = "https://catalog.example";
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final Pattern COUNTED_REFUSAL =
            Pattern.compile("http_server_requests_seconds_count\\{.*status=\"401\".*} [1-9]");
    private static final List<String> TOLD = new ArrayList<>();

    @TempDir static Path data;
    private static TestPostgres.Database database;
    private static HttpServer issuer;
    private static RSAKey signing;
    private static DataFolder folder;
    private static RunningCatalog catalog;
    private static String operator;

    @BeforeAll
    static void start() throws Exception {
        signing = new RSAKeyGenerator(2048).keyID("1").generate();
        issuer = issuer(new JWKSet(signing.toPublicJWK()).toString());
        database = TestPostgres.database();
        folder = ((Held) DataFolder.claim(data)).folder();
        Settings settings =
                new Settings(
                                0,
                                InetAddress.ofLiteral("0.0.0.0"),
                                database.url(),
                                Settings.KEEP_ANSWERS,
                                false)
                        .with("catalog.access.issuer", issuerAddress())
                        .with("catalog.access.jwks", issuerAddress() + "/keys")
                        .with("catalog.access.audience", AUDIENCE)
                        .with("catalog.access.origins", "https://shop.example")
                        .with("catalog.access.key-memory", "0s")
                        .with("catalog.access.shared-cache", "7s");
        catalog = RunningCatalog.start(folder, settings, TOLD::add);
        operator = TOLD.getFirst().replaceFirst(".*(twofold_\\S+).*", "$1");
    }

    @AfterAll
    static void stop() {
        catalog.close();
        folder.close();
        issuer.stop(0);
    }

    @Test
    void tells_the_first_operators_key_once() {
        assertThat(TOLD).hasSize(1);
        assertThat(operator).matches("twofold_[0-9a-f]{12}_[0-9A-Za-z_-]{43}");
        assertThat(keys().createFirst()).isEmpty();
        assertThat(keys().list().getFirst().scope()).isEqualTo(Scope.OPERATOR);
    }

    @Test
    void lets_anyone_read_and_only_editors_change() throws Exception {
        String reader = keys().create("reader", Scope.READER, null);
        String editor = keys().create("editor", Scope.EDITOR, null);
        assertThat(get("/brands").statusCode()).isEqualTo(200);
        assertThat(get("/brands", "Authorization", "Bearer " + reader).statusCode()).isEqualTo(200);

        HttpResponse<String> without = post("/brands", "{\"name\": \"A\"}");
        assertThat(without.statusCode()).isEqualTo(401);
        assertThat(header(without, "WWW-Authenticate")).isEqualTo("Bearer");
        assertThat(without.body()).contains("key-required");
        HttpResponse<String> small = post("/brands", "{\"name\": \"A\"}", bearer(reader));
        assertThat(small.statusCode()).isEqualTo(403);
        assertThat(small.body()).contains("scope-too-small");
        assertThat(post("/brands", "{\"name\": \"A\"}", bearer(editor)).statusCode())
                .isEqualTo(202);
        assertThat(post("/brands", "{\"name\": \"B\"}", bearer(operator)).statusCode())
                .isEqualTo(202);
        assertThat(get("/actuator/health").statusCode()).isEqualTo(200);
        assertThat(get("/actuator/env").statusCode()).isEqualTo(401);
        assertThat(get("/%61ctuator/env").statusCode()).isEqualTo(401);
        assertThat(get("/actuator/env", bearer(editor)).statusCode()).isEqualTo(403);
        assertThat(get("/actuator/env", bearer(operator)).statusCode()).isEqualTo(404);
        // even where anyone may look, a key that is not taken is refused
        assertThat(get("/brands", bearer("twofold_000000000000_" + "x".repeat(43))).statusCode())
                .isEqualTo(401);
    }

    @Test
    void shows_its_inside_to_operators_alone() throws Exception {
        String editor = keys().create("inside", Scope.EDITOR, null);
        for (String inside : List.of("/projections", "/actuator/prometheus")) {
            assertThat(get(inside).statusCode()).isEqualTo(401);
            assertThat(get(inside, bearer(editor)).statusCode()).isEqualTo(403);
            assertThat(get(inside, bearer(operator)).statusCode()).isEqualTo(200);
        }
        for (String disguise : List.of("/projections;a=b", "/%70rojections", "//projections")) {
            assertThat(get(disguise).statusCode()).isNotEqualTo(200);
        }
        assertThat(get("/actuator/health").body()).doesNotContain("partitions");
    }

    @Test
    void takes_no_key_that_has_ended_and_both_while_it_is_rotated() throws Exception {
        String ended = keys().create("ended", Scope.EDITOR, Duration.ofSeconds(-1));
        assertThat(get("/brands", bearer(ended)).statusCode()).isEqualTo(401);

        String first = keys().create("rotated", Scope.EDITOR, null);
        String id = first.split("_", 3)[1];
        String second = keys().rotate(id, Duration.ofHours(1)).orElseThrow();
        assertThat(get("/brands", bearer(first)).statusCode()).isEqualTo(200);
        assertThat(get("/brands", bearer(second)).statusCode()).isEqualTo(200);
        assertThat(lastUse(id)).isNotNull();
        String third = keys().rotate(id, Duration.ZERO).orElseThrow();
        assertThat(get("/brands", bearer(first)).statusCode()).isEqualTo(401);
        assertThat(get("/brands", bearer(second)).statusCode()).isEqualTo(401);
        assertThat(get("/brands", bearer(third)).statusCode()).isEqualTo(200);
        assertThat(keys().revoke(id)).isTrue();
        assertThat(keys().revoke(id)).isFalse();
        assertThat(get("/brands", bearer(third)).statusCode()).isEqualTo(401);
        assertThat(keys().rotate(id, Duration.ZERO)).isEmpty();
        try (Connection connection = database.dataSource().getConnection();
                Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                "SELECT string_agg(k::text, ' ') FROM catalog.api_key k")) {
            row.next();
            assertThat(row.getString(1)).contains(id).doesNotContain(third.split("_", 3)[2]);
        }
    }

    @Test
    void takes_tokens_of_the_issuer_that_are_meant_for_it() throws Exception {
        String body = "{\"name\": \"By token\"}";
        assertThat(
                        post("/brands", body, bearer(token(claims("ann", "catalog:editor"))))
                                .statusCode())
                .isEqualTo(202);
        assertThat(actor("brand-by-token")).isEqualTo("oidc:ann");
        assertThat(post("/brands", body, bearer(token(claims("ann", "editor")))).statusCode())
                .isEqualTo(403);
        assertThat(get("/brands", bearer(token(claims("bob", "openid")))).statusCode())
                .isEqualTo(200);
        JWTClaimsSet good = claims("ann", "catalog:editor");
        assertThat(
                        rejected(
                                new JWTClaimsSet.Builder(good).audience("https://other").build(),
                                new JWTClaimsSet.Builder(good).audience((String) null).build(),
                                new JWTClaimsSet.Builder(good).issuer("https://other").build(),
                                new JWTClaimsSet.Builder(good)
                                        .expirationTime(Date.from(Instant.now().minusSeconds(120)))
                                        .build(),
                                new JWTClaimsSet.Builder(good).subject(null).build()))
                .containsOnly(401);
        RSAKey other = new RSAKeyGenerator(2048).keyID("1").generate();
        assertThat(post("/brands", body, bearer(token(good, other))).statusCode()).isEqualTo(401);
        assertThat(post("/brands", body, bearer(new PlainJWT(good).serialize())).statusCode())
                .isEqualTo(401);
        assertThat(post("/brands", body, bearer("x.y.z")).statusCode()).isEqualTo(401);
    }

    @Test
    void keeps_with_events_who_was_authenticated_and_not_who_a_header_says() throws Exception {
        String editor = keys().create("till", Scope.EDITOR, null);
        String id = editor.split("_", 3)[1];
        post("/brands", "{\"brandId\": \"audit-1\", \"name\": \"Audit 1\"}", bearer(editor));
        assertThat(actor("brand-audit-1")).isEqualTo("key:" + id);
        post(
                "/brands",
                "{\"brandId\": \"audit-2\", \"name\": \"Audit 2\"}",
                "Authorization",
                "Bearer " + editor,
                "X-Actor",
                "ann");
        assertThat(actor("brand-audit-2")).isEqualTo("key:" + id + " for ann");
    }

    @Test
    void does_not_give_one_callers_answer_to_another() throws Exception {
        String first = keys().create("first", Scope.EDITOR, null);
        String second = keys().create("second", Scope.EDITOR, null);
        String body = "{\"name\": \"Mine\"}";
        HttpResponse<String> mine =
                post("/brands", body, "Authorization", "Bearer " + first, "Idempotency-Key", "k");
        HttpResponse<String> theirs =
                post("/brands", body, "Authorization", "Bearer " + second, "Idempotency-Key", "k");
        assertThat(mine.statusCode()).isEqualTo(202);
        assertThat(theirs.statusCode()).isEqualTo(409);
    }

    @Test
    void opens_to_pages_of_the_origins_it_was_told_of_and_no_others() throws Exception {
        HttpResponse<String> told =
                send(
                        request(
                                        "/brands",
                                        "Origin",
                                        "https://shop.example",
                                        "Access-Control-Request-Method",
                                        "POST",
                                        "Access-Control-Request-Headers",
                                        "authorization")
                                .method("OPTIONS", BodyPublishers.noBody()));
        assertThat(header(told, "Access-Control-Allow-Origin")).isEqualTo("https://shop.example");
        assertThat(
                        post(
                                        "/brands",
                                        "{\"name\": \"From shop\"}",
                                        "Origin",
                                        "https://shop.example",
                                        "Sec-Fetch-Site",
                                        "cross-site",
                                        "Authorization",
                                        "Bearer " + operator)
                                .statusCode())
                .isEqualTo(202);
        HttpResponse<String> other = get("/brands", "Origin", "https://evil.example");
        assertThat(other.headers().firstValue("Access-Control-Allow-Origin")).isEmpty();
        assertThat(
                        post(
                                        "/brands",
                                        "{\"name\": \"x\"}",
                                        "Origin",
                                        "https://evil.example",
                                        "Authorization",
                                        "Bearer " + operator)
                                .statusCode())
                .isEqualTo(403);
    }

    @Test
    void answers_with_headers_that_browsers_and_caches_are_safe_with() throws Exception {
        HttpResponse<String> brands = get("/brands");
        assertThat(header(brands, "X-Content-Type-Options")).isEqualTo("nosniff");
        assertThat(header(brands, "X-Frame-Options")).isEqualTo("DENY");
        assertThat(header(brands, "Content-Security-Policy")).contains("default-src 'none'");
        assertThat(header(brands, "Referrer-Policy")).isEqualTo("same-origin");
        assertThat(header(brands, "Cache-Control")).contains("public", "s-maxage=7", "max-age=0");
        assertThat(header(get("/"), "Cache-Control")).contains("no-store");
        assertThat(header(get("/nowhere"), "Cache-Control")).contains("no-store");
        assertThat(brands.headers().map()).doesNotContainKeys("server", "x-powered-by");
    }

    @Test
    void tells_and_keeps_the_rate_of_each_key_and_address() throws Exception {
        String first = keys().create("busy", Scope.READER, null);
        String second = keys().create("calm", Scope.READER, null);
        try (DataFolder other = ((Held) DataFolder.claim(data.resolve("rates"))).folder();
                RunningCatalog slow =
                        RunningCatalog.start(
                                other,
                                Settings.local(0)
                                        .on(database.url())
                                        .with("catalog.access.public-read", "false")
                                        .with("catalog.access.reads", "3"),
                                line -> {})) {
            var at = slow.address().resolve("/brands");
            HttpResponse<String> closed = send(HttpRequest.newBuilder(at));
            assertThat(closed.statusCode()).isEqualTo(401);
            HttpResponse<String> one = send(HttpRequest.newBuilder(at).headers(bearer(first)));
            assertThat(header(one, "Cache-Control")).contains("private");
            assertThat(one.headers().allValues("Vary").toString())
                    .containsIgnoringCase("Authorization");
            assertThat(header(one, "RateLimit-Policy")).isEqualTo("\"reads\";q=3;w=60");
            assertThat(header(one, "RateLimit")).matches("\"reads\";r=2;t=[0-9]+");
            var costly = slow.address().resolve("/brands?limit=1000");
            HttpResponse<String> limited =
                    send(HttpRequest.newBuilder(costly).headers(bearer(first)));
            assertThat(limited.statusCode()).isEqualTo(429);
            assertThat(limited.body()).contains("rate-limited");
            assertThat(Integer.parseInt(header(limited, "Retry-After"))).isBetween(1, 60);
            assertThat(send(HttpRequest.newBuilder(at).headers(bearer(second))).statusCode())
                    .isEqualTo(200);

            String guess = "twofold_000000000000_" + "x".repeat(43);
            List<Integer> guesses = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                guesses.add(send(HttpRequest.newBuilder(at).headers(bearer(guess))).statusCode());
            }
            assertThat(guesses).startsWith(401).endsWith(429);
        }
    }

    @Test
    void counts_what_is_refused_with_requests_and_not_each_filter() throws Exception {
        post("/brands", "{\"name\": \"Nobody\"}");
        // a request is counted a little after its answer is there
        Awaitility.await()
                .until(
                        this::metrics,
                        metrics ->
                                COUNTED_REFUSAL.matcher(metrics).find()
                                        && !metrics.contains("spring_security"));
    }

    private String metrics() throws IOException, InterruptedException {
        return get("/actuator/prometheus", bearer(operator)).body();
    }

    @Test
    void writes_no_secret_to_its_log() throws Exception {
        PrintStream console = System.err;
        ByteArrayOutputStream logged = new ByteArrayOutputStream();
        String editor = keys().create("quiet", Scope.EDITOR, null);
        String unknown = "twofold_000000000000_" + "s".repeat(43);
        String token = token(claims("quiet", "catalog:editor"));
        String expired =
                token(
                        new JWTClaimsSet.Builder(claims("quiet", "catalog:editor"))
                                .expirationTime(Date.from(Instant.now().minusSeconds(500)))
                                .build());
        String password = "pass-word-of-mine";
        LoggingSystem logging = LoggingSystem.get(AccessHttpTest.class.getClassLoader());
        System.setErr(new PrintStream(logged, true, StandardCharsets.UTF_8));
        logging.setLogLevel("dev.twofold", LogLevel.TRACE);
        logging.setLogLevel("org.springframework", LogLevel.TRACE);
        logging.setLogLevel("org.eclipse.jetty", LogLevel.DEBUG);
        logging.setLogLevel("com.zaxxer", LogLevel.DEBUG);
        try {
            for (String secret : List.of(editor, unknown, token, expired)) {
                post("/brands", "{\"name\": \"Quiet\"}", bearer(secret));
                post("/brands", "{", bearer(secret));
                get("/products/none", bearer(secret));
            }
            String url = "jdbc:postgresql://127.0.0.1:1/x?user=u&connectTimeout=1&password=";
            Settings wrong = Settings.local(0).on(url + password);
            assertThatThrownBy(() -> RunningCatalog.start(folder, wrong, line -> {}))
                    .hasMessageNotContaining(password);
        } finally {
            System.setErr(console);
            for (String name : List.of("dev.twofold", "org.springframework", "org.eclipse.jetty")) {
                logging.setLogLevel(name, null);
            }
            logging.setLogLevel("com.zaxxer", null);
        }
        String all = logged.toString(StandardCharsets.UTF_8);
        assertThat(all).contains("/brands", "BearerTokenAuthenticationFilter");
        for (String secret : List.of(editor, unknown, token, expired, operator)) {
            assertThat(all).doesNotContain(secret.substring(secret.length() - 30));
        }
        assertThat(all).doesNotContain(password);
    }

    private static ApiKeys keys() {
        return new ApiKeys(database.dataSource(), Duration.ZERO);
    }

    private static Instant lastUse(String id) {
        return Objects.requireNonNull(
                keys().list().stream()
                        .filter(key -> key.id().equals(id))
                        .findFirst()
                        .orElseThrow()
                        .lastUsedAt());
    }

    private static String actor(String stream) throws SQLException {
        try (Connection connection = database.dataSource().getConnection();
                Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                "SELECT actor FROM twofold.event WHERE stream = '%s'"
                                        .formatted(stream))) {
            assertThat(row.next()).isTrue();
            return row.getString(1);
        }
    }

    private static HttpServer issuer(String keys) throws IOException {
        HttpServer server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext(
                "/keys",
                exchange -> {
                    byte[] body = keys.getBytes(StandardCharsets.UTF_8);
                    exchange.getResponseHeaders().set("Content-Type", "application/json");
                    exchange.sendResponseHeaders(200, body.length);
                    exchange.getResponseBody().write(body);
                    exchange.close();
                });
        server.start();
        return server;
    }

    private static String issuerAddress() {
        return "http://127.0.0.1:%d".formatted(issuer.getAddress().getPort());
    }

    private static JWTClaimsSet claims(String subject, String scope) {
        return new JWTClaimsSet.Builder()
                .issuer(issuerAddress())
                .subject(subject)
                .audience(AUDIENCE)
                .claim("scope", scope)
                .expirationTime(Date.from(Instant.now().plusSeconds(300)))
                .build();
    }

    private static String token(JWTClaimsSet claims) throws JOSEException {
        return token(claims, signing);
    }

    private static String token(JWTClaimsSet claims, RSAKey key) throws JOSEException {
        SignedJWT token =
                new SignedJWT(
                        new JWSHeader.Builder(JWSAlgorithm.RS256).keyID(key.getKeyID()).build(),
                        claims);
        token.sign(new RSASSASigner(key));
        return token.serialize();
    }

    private static List<Integer> rejected(JWTClaimsSet... all) throws Exception {
        List<Integer> statuses = new ArrayList<>();
        for (JWTClaimsSet claims : all) {
            statuses.add(post("/brands", "{\"name\": \"No\"}", bearer(token(claims))).statusCode());
        }
        return statuses;
    }

    private static String[] bearer(String token) {
        return new String[] {"Authorization", "Bearer " + token};
    }

    private static String header(HttpResponse<?> response, String name) {
        return response.headers().firstValue(name).orElse("");
    }

    private static HttpResponse<String> get(String path, String... headers)
            throws IOException, InterruptedException {
        return send(request(path, headers));
    }

    private static HttpResponse<String> post(String path, String body, String... headers)
            throws IOException, InterruptedException {
        return send(
                request(path, headers)
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(body)));
    }

    private static HttpRequest.Builder request(String path, String... headers) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(java.net.URI.create(catalog.address() + path));
        return headers.length == 0 ? request : request.headers(headers);
    }

    private static HttpResponse<String> send(HttpRequest.Builder request)
            throws IOException, InterruptedException {
        return CLIENT.send(request.build(), BodyHandlers.ofString());
    }
}
