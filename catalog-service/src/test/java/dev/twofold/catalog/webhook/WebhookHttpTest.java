package dev.twofold.catalog.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.catalog.OwnCatalog;
import dev.twofold.catalog.TestCatalog;
import dev.twofold.catalog.TestCatalog.Answer;
import dev.twofold.catalog.http.Api;
import dev.twofold.catalog.webhook.Receiver.Heard;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggingSystem;
import tools.jackson.databind.JsonNode;

class WebhookHttpTest {
    private static final List<String> LOGGERS =
            List.of("dev.twofold", "org.springframework", "org.apache", "com.zaxxer");

    @TempDir private static Path temp;
    private static OwnCatalog catalog;

    private Receiver receiver;

    @BeforeAll
    static void start() {
        catalog =
                new OwnCatalog(
                        temp,
                        Map.of(
                                "catalog.webhooks.private-addresses", "true",
                                "catalog.webhooks.deadline", "30s",
                                "catalog.webhooks.attempts", "3",
                                "catalog.webhooks.first-retry", "1ms",
                                "catalog.webhooks.last-retry", "10ms"));
    }

    @AfterAll
    static void stop() {
        catalog.close();
    }

    @BeforeEach
    void listen() throws IOException {
        receiver = new Receiver();
    }

    @AfterEach
    void end() throws Exception {
        for (JsonNode one : catalog.json("GET", "/webhooks", "").path("items")) {
            catalog.send("DELETE", "/webhooks/" + one.path("webhookId").asString(), "");
        }
        receiver.close();
    }

    @Test
    void tells_of_events_of_its_types_in_order_and_signed() throws Exception {
        catalog.create("hook-before");
        JsonNode registered = register("\"product-created\", \"price-changed\"");
        String secret = registered.path("secret").asString();
        assertThat(secret).startsWith("whsec_");
        catalog.create("hook-1");
        post("/products/hook-1/name", "{\"name\": \"Other\"}");
        post("/products/hook-1/price", "{\"price\": 2, \"currency\": \"EUR\"}");
        catalog.create("hook-2");

        List<Heard> heard = List.of(receiver.next(), receiver.next(), receiver.next());
        assertThat(heard)
                .extracting(Heard::type)
                .containsExactly("product-created", "price-changed", "product-created");
        assertThat(heard).extracting(Heard::position).isSorted();
        assertThat(heard).extracting(Heard::id).doesNotHaveDuplicates();
        for (Heard one : heard) {
            assertThat(one.signature()).isEqualTo(signed(one, secret));
            assertThat(Api.faults("Message", one.json())).isEmpty();
        }
        JsonNode priced = heard.get(1).json();
        assertThat(priced.path("stream").asString()).isEqualTo("product-hook-1");
        assertThat(priced.path("version").asInt()).isEqualTo(3);
        assertThat(priced.path("data").path("productId").asString()).isEqualTo("hook-1");

        JsonNode shown = await(registered, "active", priced.path("position").longValue() + 1);
        assertThat(shown.toString()).doesNotContain("secret", secret);
        JsonNode rotated = catalog.json("POST", path(registered) + "/rotate", "");
        String newer = rotated.path("secret").asString();
        catalog.create("hook-3");
        Heard both = receiver.next();
        assertThat(both.signature()).isEqualTo(signed(both, newer) + " " + signed(both, secret));
    }

    @Test
    void shows_a_secret_to_who_made_it_and_nobody_else() throws Exception {
        PrintStream console = System.err;
        ByteArrayOutputStream logged = new ByteArrayOutputStream();
        LoggingSystem logging = LoggingSystem.get(WebhookHttpTest.class.getClassLoader());
        List<String> secrets = new ArrayList<>();
        StringBuilder read = new StringBuilder();
        System.setErr(new PrintStream(logged, true, StandardCharsets.UTF_8));
        LOGGERS.forEach(name -> logging.setLogLevel(name, LogLevel.TRACE));
        try {
            receiver.answers(500);
            JsonNode registered = register("\"product-created\"");
            secrets.add(registered.path("secret").asString());
            String path = path(registered);
            secrets.add(catalog.json("POST", path + "/rotate", "").path("secret").asString());
            catalog.create("secret-1");
            await(registered, "disabled", 0);
            for (String query :
                    List.of(
                            path,
                            "/webhooks",
                            path + "/deliveries",
                            path + "/none",
                            "/actuator/health",
                            "/actuator/prometheus",
                            "/export/products",
                            "/export/feed?partial=true")) {
                read.append(catalog.send("GET", query, "").body());
            }
            read.append(catalog.send("POST", path + "/retry", "").body());
            read.append(catalog.send("POST", "/webhooks", "{\"url\": \"none\"}").body());
            read.append(catalog.send("DELETE", path, "").body());
            read.append(receiver.next());
        } finally {
            System.setErr(console);
            LOGGERS.forEach(name -> logging.setLogLevel(name, null));
        }
        read.append(logged.toString(StandardCharsets.UTF_8));
        assertThat(read.toString()).contains("webhook", "disabled", "secret-1");
        for (String secret : secrets) {
            String bare = secret.replace("whsec_", "");
            byte[] bytes = Base64.getDecoder().decode(bare);
            assertThat(read.toString())
                    .doesNotContain(bare, HexFormat.of().formatHex(bytes), Arrays.toString(bytes));
        }
    }

    @Test
    void tries_an_event_again_until_it_is_delivered_and_none_behind_it_before() throws Exception {
        List<Integer> statuses = new ArrayList<>(List.of(500, 302, 200, 200));
        receiver.answers(
                exchange -> {
                    int status = statuses.removeFirst();
                    exchange.getResponseHeaders().set("Location", "/elsewhere");
                    exchange.sendResponseHeaders(status, -1);
                });
        JsonNode registered = register("\"product-created\"");
        catalog.create("again-1");
        catalog.create("again-2");
        Heard first = receiver.next();
        assertThat(receiver.next().id()).isEqualTo(first.id());
        assertThat(receiver.next().id()).isEqualTo(first.id());
        Heard second = receiver.next();
        assertThat(second.position()).isGreaterThan(first.position());
        assertThat(second.path()).isEqualTo("/hook");
        await(registered, "active", second.position());

        JsonNode deliveries = catalog.json("GET", path(registered) + "/deliveries?limit=10", "");
        assertThat(Api.faults("Deliveries", deliveries)).isEmpty();
        JsonNode log = deliveries.path("items");
        assertThat(log.valueStream().map(one -> one.path("status").asInt()))
                .containsExactly(200, 200, 302, 500);
        assertThat(log.valueStream().map(one -> one.path("attempt").asInt()))
                .containsExactly(1, 3, 2, 1);
        assertThat(log.get(2).path("problem").asString()).contains("302", "redirects");
    }

    @Test
    void disables_what_fails_too_often_and_goes_on_from_there_when_asked_to() throws Exception {
        receiver.answers(503);
        JsonNode registered = register("\"product-created\"");
        catalog.create("down-1");
        catalog.create("down-2");
        long first = receiver.next().position();
        JsonNode disabled = await(registered, "disabled", 0);
        assertThat(disabled.path("attempts").asInt()).isEqualTo(3);
        assertThat(disabled.path("problem").asString()).contains("503");
        assertThat(disabled.path("behind").longValue()).isPositive();
        assertThat(catalog.json("GET", "/actuator/health", "").toString())
                .contains(
                        "\"disabled\":[\"%s\"]".formatted(registered.path("webhookId").asString()));
        assertThat(receiver.next().position()).isEqualTo(first);
        assertThat(receiver.next().position()).isEqualTo(first);

        receiver.answers(204);
        assertThat(catalog.json("POST", path(registered) + "/retry", "").path("state").asString())
                .isEqualTo("active");
        assertThat(receiver.next().position()).isEqualTo(first);
        long second = receiver.next().position();
        assertThat(second).isGreaterThan(first);
        await(registered, "active", second);
    }

    @Test
    void disables_at_once_a_receiver_that_wants_no_more() throws Exception {
        receiver.answers(410);
        JsonNode registered = register("\"product-created\"");
        catalog.create("gone-1");
        assertThat(await(registered, "disabled", 0).path("attempts").asInt()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://127.0.0.1/hook",
                "https://localhost/hook",
                "https://[::1]/hook",
                "https://[::ffff:10.0.0.1]/hook",
                "https://10.1.2.3/hook",
                "https://169.254.169.254/latest",
                "https://0.0.0.0/hook",
                "https://2130706433/hook",
                "http://93.184.215.14/hook",
                "https://user@93.184.215.14/hook",
                "https:///hook",
                "file:///etc/passwd",
                "not an address"
            })
    void refuses_addresses_that_are_not_of_the_public_internet(String url) {
        Answer refused = TestCatalog.post("/webhooks", "{\"url\": \"%s\"}".formatted(url));
        assertThat(refused.status()).as(refused.response().body()).isEqualTo(422);
        assertThat(refused.text("field")).isEqualTo("url");
    }

    @Test
    void refuses_types_that_there_are_not_and_names_webhooks_that_it_does_not_know()
            throws Exception {
        HttpResponse<String> refused =
                catalog.send(
                        "POST",
                        "/webhooks",
                        "{\"url\": \"%s\", \"types\": [\"price-rised\"]}"
                                .formatted(receiver.url()));
        assertThat(refused.statusCode()).isEqualTo(422);
        assertThat(refused.body()).contains("price-rised", "price-changed");
        for (String path : List.of("", "/deliveries")) {
            assertThat(catalog.send("GET", "/webhooks/none" + path, "").statusCode())
                    .isEqualTo(404);
        }
        assertThat(catalog.send("DELETE", "/webhooks/none", "").statusCode()).isEqualTo(404);
        assertThat(catalog.send("POST", "/webhooks/none/retry", "").body())
                .contains("unknown-webhook");
    }

    private JsonNode register(String types) throws IOException, InterruptedException {
        JsonNode registered =
                catalog.json(
                        "POST",
                        "/webhooks",
                        "{\"url\": \"%s\", \"types\": [%s]}".formatted(receiver.url(), types));
        assertThat(registered.path("webhookId").asString(""))
                .as(registered.toString())
                .isNotEmpty();
        return registered;
    }

    private static String path(JsonNode registered) {
        return registered.path("checkUrl").asString();
    }

    /// How a webhook is once it has come so far.
    private static JsonNode await(JsonNode registered, String state, long position)
            throws IOException, InterruptedException {
        JsonNode shown = catalog.json("GET", path(registered), "");
        while (!shown.path("state").asString().equals(state)
                || shown.path("position").longValue() < position) {
            assertThat(shown.path("disabledAt").isNull()).as(shown.toString()).isTrue();
            shown = catalog.json("GET", path(registered), "");
        }
        return shown;
    }

    private static void post(String path, String body) throws IOException, InterruptedException {
        assertThat(catalog.send("POST", path, body).statusCode()).isEqualTo(200);
    }

    /// As the standard says, and not as the code under test does.
    private static String signed(Heard heard, String secret) throws Exception {
        Mac mac = Mac.getInstance("HmacSHA256");
        byte[] key = Base64.getDecoder().decode(secret.replace("whsec_", ""));
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        mac.update((heard.id() + "." + heard.timestamp() + ".").getBytes(StandardCharsets.UTF_8));
        mac.update(heard.body().getBytes(StandardCharsets.UTF_8));
        return "v1," + Base64.getEncoder().encodeToString(mac.doFinal());
    }
}
