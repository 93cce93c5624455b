package dev.twofold.catalog.http;

import static dev.twofold.catalog.TestCatalog.address;
import static dev.twofold.catalog.TestCatalog.get;
import static dev.twofold.catalog.TestCatalog.post;
import static dev.twofold.catalog.TestCatalog.request;
import static dev.twofold.catalog.TestCatalog.send;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.twofold.catalog.OwnCatalog;
import dev.twofold.catalog.TestCatalog.Answer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProblemsTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    {"name": "x"                       | malformed-json   |      |
                    {"name": "x", "name": "y"}         | malformed-json   |      |
                    [1]                                | wrong-type       |      |
                    ``                                 | missing-body     |      |
                    {}                                 | missing-field    | name |
                    {"name": null}                     | missing-field    | name |
                    {"name": 3}                        | wrong-type       | name | 3
                    {"name": "x", "naem": "y"}         | unknown-field    | naem |
                    {"name": "x"} {}                   | malformed-json   |      |
                    {"name": " "}                      | invalid-value    | name |
                    """)
    void names_what_is_wrong_with_a_body(String body, String type, String field, String value) {
        post(
                "/products",
                """
                {"productId": "any", "sku": "ANY", "name": "Any", "price": 1, "currency": "EUR"}
                """);
        Answer answer = post("/products/any/name", body == null ? "" : body);
        assertThat(answer.status()).isBetween(400, 422);
        assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(answer.problem()).isEqualTo(type);
        if (field != null) {
            assertThat(answer.text("field")).isEqualTo(field);
        }
        if (value != null) {
            assertThat(answer.text("value")).isEqualTo(value);
        }
    }

    @Test
    void every_text_of_a_command_that_is_none_is_told_at_once() {
        Answer answer = post("/brands", "{\"brandId\": \"\\t\", \"name\": \" \"}");

        assertThat(answer.status()).isEqualTo(422);
        assertThat(answer.problem()).isEqualTo("invalid-value");
        assertThat(answer.text("field")).isEqualTo("brandId");
        assertThat(answer.body().path("violations").valueStream())
                .extracting(
                        one -> one.path("field").asString(), one -> one.path("reason").asString())
                .containsExactly(
                        tuple("brandId", "it is blank; give at least one character"),
                        tuple("name", "it is blank; give at least one character"));
    }

    @Test
    void shows_a_number_that_is_none() {
        Answer price = post("/products/any/price", "{\"price\": \"12\", \"currency\": \"INR\"}");
        assertThat(price.problem()).isEqualTo("wrong-type");
        assertThat(price.text("detail")).contains("\"price\" must be a number");
        assertThat(price.text("value")).isEqualTo("12");
        Answer stock = post("/products/any/stock", "{\"by\": 99999999999}");
        assertThat(stock.text("detail")).contains("\"by\" must be a whole number");
        assertThat(stock.text("value")).isEqualTo("99999999999");
    }

    @Test
    void tells_the_place_of_malformed_json() {
        Answer answer = post("/products/any/name", "{\"name\":\n  \"x\" oops}");
        assertThat(answer.text("detail")).contains("line 2").doesNotContain("Source");
    }

    @Test
    void takes_no_body_that_is_too_long_or_nested_too_deep() {
        String longer = "{\"name\": \"%s\"}".formatted("x".repeat(70_000));
        assertThat(post("/products/any/name", longer).status()).isEqualTo(413);
        assertThat(post("/products/any/name", longer).problem()).isEqualTo("body-too-large");
        Answer unannounced =
                send(
                        request("/products/any/name", "Content-Type", "application/json")
                                .POST(
                                        BodyPublishers.ofInputStream(
                                                () ->
                                                        new ByteArrayInputStream(
                                                                longer.getBytes(
                                                                        StandardCharsets.UTF_8)))));
        assertThat(unannounced.problem()).isEqualTo("body-too-large");
        String deep = "{\"x\": %s".formatted("[".repeat(1_000));
        assertThat(post("/products/any/name", deep).problem()).isEqualTo("body-too-complex");
    }

    @ParameterizedTest
    @CsvSource({
        "/nowhere,             404, unknown-path,      path",
        "/products?limt=1,     400, unknown-parameter, limt",
        "/products?limit=0,    400, invalid-parameter, limit",
        "/products?limit=x,    400, invalid-parameter, limit",
        "/products?sort=size,  400, invalid-parameter, sort",
        "/products?inStock=1,  400, invalid-parameter, inStock",
        "/products?after=abc,  400, invalid-parameter, after",
        "/products?brand=%00,  400, invalid-parameter, brand",
        "/products?sort=name&sort=price, 400, invalid-parameter, sort"
    })
    void names_what_is_wrong_with_a_query(String path, int status, String type, String field) {
        Answer answer = get(path);
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.problem()).isEqualTo(type);
        assertThat(answer.text("field")).isEqualTo(field);
    }

    @Test
    void names_the_methods_and_media_types_that_are_possible() {
        Answer method = send(request("/products").DELETE());
        assertThat(method.status()).isEqualTo(405);
        assertThat(method.header("Allow")).isEqualTo("GET, POST");
        Answer type =
                send(
                        request("/products", "Content-Type", "text/plain")
                                .POST(BodyPublishers.ofString("x")));
        assertThat(type.status()).isEqualTo(415);
        assertThat(type.text("value")).startsWith("text/plain");
        assertThat(get("/products", "Accept", "image/png").status()).isEqualTo(406);
    }

    @Test
    void takes_no_token_that_it_did_not_give_out() {
        assertThat(get("/products/any", "Consistency-Token", "MTIz").problem())
                .isEqualTo("invalid-consistency-token");
        String foreign = new ConsistencyToken("another-log", 1).toString();
        assertThat(get("/products/any", "Consistency-Token", foreign).text("detail"))
                .contains("another log");
    }

    @Test
    void answers_only_to_the_names_of_loopback() throws IOException {
        assertThat(raw("GET /products HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 421")
                .contains("unknown-host");
        assertThat(raw("GET /products HTTP/1.1\r\nHost: localhost:1\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 200");
    }

    @Test
    void takes_no_writes_from_pages_of_other_sites() {
        String body = "{\"name\": \"x\"}";
        assertThat(post("/products/any/name", body, "Origin", "http://evil.example").problem())
                .isEqualTo("cross-site-write");
        assertThat(post("/products/any/name", body, "Sec-Fetch-Site", "cross-site").status())
                .isEqualTo(403);
        String own = "http://127.0.0.1:%d".formatted(address().getPort());
        assertThat(post("/products/any/name", body, "Origin", own).problem())
                .isEqualTo("unknown-product");
    }

    @Test
    void shows_pages_of_other_sites_nothing() {
        Answer read = get("/products", "Origin", "http://evil.example");
        Answer asked =
                send(
                        request(
                                        "/products",
                                        "Origin",
                                        "http://evil.example",
                                        "Access-Control-Request-Method",
                                        "GET")
                                .method("OPTIONS", BodyPublishers.noBody()));
        for (Answer answer : List.of(read, asked)) {
            assertThat(answer.response().headers().map().keySet())
                    .noneMatch(name -> name.toLowerCase(Locale.ROOT).startsWith("access-control-"));
        }
    }

    @Test
    void answers_what_is_not_http_without_telling_about_itself() throws IOException {
        assertThat(raw("GET /%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 400")
                .contains("invalid-request")
                .doesNotContainIgnoringCase("tomcat");
    }

    @Test
    void shows_people_a_problem_as_a_page() {
        Answer page = get("/products/nowhere", "Accept", "text/html,*/*;q=0.8");
        assertThat(page.status()).isEqualTo(404);
        assertThat(page.header("Content-Type")).startsWith("text/html");
        assertThat(page.response().body()).contains("still processing");
        assertThat(get("/nowhere", "Accept", "text/html").response().body())
                .contains("there is nothing at /nowhere");
    }

    @Test
    void shows_the_way_from_its_address() {
        assertThat(get("/").text("products")).isEqualTo("/products");
        assertThat(get("/", "Accept", "text/html").header("Location")).endsWith("/products");
    }

    /// Whether it has the product's state at hand or has to load it.
    @Test
    void changes_nothing_about_a_product_of_which_a_newer_version_has_recorded_more(
            @TempDir Path data) throws Exception {
        try (OwnCatalog node = new OwnCatalog(data)) {
            node.create("at-hand");
            for (String product : List.of("at-hand", "to-be-loaded")) {
                long head = node.renameInNewerRevision(product);

                HttpResponse<String> answer =
                        node.send(
                                "POST",
                                "/products/%s/price".formatted(product),
                                "{\"price\": 7, \"currency\": \"EUR\"}");

                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(503);
                assertThat(answer.body()).contains("\"urn:twofold:problem:newer-event\"");
                assertThat(answer.headers().firstValue("Retry-After")).contains("1");
                assertThat(node.head()).isEqualTo(head);
            }
        }
    }

    @Test
    void is_healthy_while_its_database_answers() {
        Answer health = get("/actuator/health");
        assertThat(health.status()).isEqualTo(200);
        assertThat(health.text("status")).isEqualTo("UP");
        assertThat(get("/actuator/env").status()).isEqualTo(404);
    }

    private static String raw(String request) throws IOException {
        try (Socket socket = new Socket(address().getHost(), address().getPort())) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
