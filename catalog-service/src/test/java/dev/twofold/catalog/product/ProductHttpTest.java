package dev.twofold.catalog.product;

import static dev.twofold.catalog.TestCatalog.get;
import static dev.twofold.catalog.TestCatalog.getAfter;
import static dev.twofold.catalog.TestCatalog.post;
import static dev.twofold.catalog.TestCatalog.request;
import static dev.twofold.catalog.TestCatalog.send;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.catalog.TestCatalog;
import dev.twofold.catalog.TestCatalog.Answer;
import dev.twofold.catalog.database.EmbeddedPostgres;
import java.net.http.HttpRequest.BodyPublishers;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class ProductHttpTest {
    @Test
    void takes_a_product_from_its_creation_to_its_page() {
        Answer created =
                post(
                        "/products",
                        """
                        {"productId": "oil", "sku": "OIL-1", "name": "Garlic Oil", "price": 220,
                         "currency": "INR", "stock": 3, "attributes": {"condition": "new"}}
                        """);
        assertThat(created.status()).isEqualTo(202);
        assertThat(created.header("Location")).isEqualTo("/products/oil");
        assertThat(created.text("productId")).isEqualTo("oil");
        assertThat(created.text("checkUrl")).isEqualTo("/products/oil");
        assertThat(created.text("message")).contains("created");

        Answer page = getAfter(created, "/products/oil");
        assertThat(page.status()).isEqualTo(200);
        assertThat(page.header("Preference-Applied")).isEqualTo("wait=20");
        assertThat(page.text("name")).isEqualTo("Garlic Oil");
        assertThat(page.text("formattedPrice")).isEqualTo("₹220.00");
        assertThat(page.body().path("inStock").booleanValue()).isTrue();
        assertThat(page.body().path("version").longValue()).isEqualTo(1);

        String tag = String.valueOf(page.header("ETag"));
        assertThat(get("/products/oil", "If-None-Match", tag).status()).isEqualTo(304);
        Answer renamed = post("/products/oil/name", "{\"name\": \"Garlic Oil, strong\"}");
        Answer newer = getAfter(renamed, "/products/oil");
        assertThat(newer.text("name")).isEqualTo("Garlic Oil, strong");
        assertThat(newer.header("ETag")).isNotEqualTo(tag);
    }

    @Test
    void carries_out_every_command() {
        create("tea", "Tea", "100", 5);
        post("/products/tea/description", "{\"description\": \"Black\"}");
        post("/products/tea/price", "{\"price\": 120.50, \"currency\": \"INR\"}");
        post("/products/tea/sale-price", "{\"salePrice\": 99.90, \"currency\": \"INR\"}");
        Answer adjusted = post("/products/tea/stock", "{\"by\": -5}");
        Answer page = getAfter(adjusted, "/products/tea");
        assertThat(page.text("description")).isEqualTo("Black");
        assertThat(page.text("formattedPrice")).isEqualTo("₹120.50");
        assertThat(page.text("formattedSalePrice")).isEqualTo("₹99.90");
        assertThat(page.body().path("inStock").booleanValue()).isFalse();

        post("/products/tea/sale-price", "{\"salePrice\": null}");
        Answer revised =
                send(
                        request(
                                        "/products/tea",
                                        "Content-Type",
                                        "application/json",
                                        "If-Match",
                                        "*")
                                .PUT(
                                        BodyPublishers.ofString(
                                                """
                                                {"name": "Tea", "price": 80, "currency": "INR"}
                                                """)));
        page = getAfter(revised, "/products/tea");
        assertThat(page.body().path("description").isNull()).isTrue();
        assertThat(page.body().path("salePrice").isNull()).isTrue();

        Answer gone = send(request("/products/tea").DELETE());
        assertThat(getAfter(gone, "/products/tea").body().path("discontinued").booleanValue())
                .isTrue();
        assertThat(post("/products/tea/name", "{\"name\": \"Tee\"}").problem())
                .isEqualTo("no-longer-sold");
    }

    @Test
    void changes_nothing_when_a_command_asks_for_what_is_so_already() {
        Answer created = create("jam", "Jam", "50", 1);
        Answer same = post("/products/jam/price", "{\"price\": 50.00, \"currency\": \"INR\"}");
        assertThat(same.status()).isEqualTo(202);
        assertThat(same.text("message")).contains("nothing has changed");
        assertThat(same.token()).isEqualTo(created.token());
    }

    @Test
    void refuses_a_sku_that_another_product_has() {
        create("salt", "Salt", "20", 1);
        Answer refused =
                post(
                        "/products",
                        """
                        {"sku": "SKU-salt", "name": "Sea Salt", "price": 30, "currency": "INR"}
                        """);
        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.header("Content-Type")).startsWith("application/problem+json");
        assertThat(refused.problem()).isEqualTo("sku-taken");
        assertThat(refused.text("field")).isEqualTo("sku");
        assertThat(refused.text("value")).isEqualTo("SKU-salt");
        assertThat(refused.text("byProductId")).isEqualTo("salt");
    }

    @Test
    void says_not_found_or_still_processing_unless_a_token_makes_it_certain() {
        Answer unsure = get("/products/nowhere");
        assertThat(unsure.status()).isEqualTo(404);
        assertThat(unsure.problem()).isEqualTo("not-found-or-processing");
        assertThat(unsure.header("Retry-After")).isEqualTo("1");
        assertThat(unsure.body().path("retryAfter").intValue()).isEqualTo(1);

        Answer created = create("here", "Here", "1", 1);
        Answer certain = getAfter(created, "/products/nowhere");
        assertThat(certain.status()).isEqualTo(404);
        assertThat(certain.problem()).isEqualTo("not-found");
    }

    @Test
    void lists_products_in_an_order_page_by_page() {
        create("list-a", "!aaa first", "9", 1);
        create("list-b", "!AAB second", "100", 0);
        Answer last = create("list-c", "!aac third", "10.50", 1);

        assertThat(walk("/products?sort=name&limit=1", last).subList(0, 3))
                .containsExactly("list-a", "list-b", "list-c");
        List<String> byPrice = walk("/products?sort=price&limit=2", last);
        assertThat(byPrice)
                .containsSubsequence("list-a", "list-c", "list-b")
                .doesNotHaveDuplicates();
        assertThat(walk("/products?sort=name&inStock=true&limit=100", last))
                .contains("list-a", "list-c")
                .doesNotContain("list-b");
    }

    @Test
    void shows_people_a_page_and_a_listing() {
        Answer created = create("web", "<b>Bold</b> & Co", "5", 1);
        String page =
                get(
                                "/products/web",
                                "Accept",
                                "text/html,*/*;q=0.8",
                                "Consistency-Token",
                                created.token(),
                                "Prefer",
                                "wait=20")
                        .response()
                        .body();
        assertThat(page).contains("&lt;b&gt;Bold&lt;/b&gt; &amp; Co").contains("₹5.00");
        Answer listing = get("/products?sort=name", "Accept", "text/html");
        assertThat(listing.header("Content-Type")).startsWith("text/html");
        assertThat(listing.response().body()).contains("Cheapest");
    }

    @Test
    void keeps_with_its_events_who_asked_for_them_and_why() throws SQLException {
        String trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        create("traced", "Traced", "1", 1);
        post(
                "/products/traced/stock",
                "{\"by\": 1}",
                "X-Correlation-Id",
                "order-7",
                "X-Causation-Id",
                "delivery-3",
                "X-Actor",
                "ann",
                "traceparent",
                trace);
        try (Connection connection =
                        EmbeddedPostgres.running(TestCatalog.data()).orElseThrow().connect();
                Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                """
                                SELECT correlation, causation, actor, trace FROM twofold.event
                                WHERE stream = 'product-traced' AND version = 2
                                """)) {
            assertThat(row.next()).isTrue();
            assertThat(row.getString("correlation")).isEqualTo("order-7");
            assertThat(row.getString("causation")).isEqualTo("delivery-3");
            assertThat(row.getString("actor")).isEqualTo("ann");
            assertThat(row.getString("trace"))
                    .startsWith("00-4bf92f3577b34da6a3ce929d0e0e4736-")
                    .endsWith("-01")
                    .isNotEqualTo(trace);
        }
        assertThat(post("/products/traced/stock", "{\"by\": 1}", "X-Actor", " ").problem())
                .isEqualTo("invalid-header");
    }

    private static Answer create(String id, String name, String price, int stock) {
        Answer created =
                post(
                        "/products",
                        """
                        {"productId": "%s", "sku": "SKU-%s", "name": "%s", "price": %s,
                         "currency": "INR", "stock": %d}
                        """
                                .formatted(id, id, name, price, stock));
        assertThat(created.status()).isEqualTo(202);
        return created;
    }

    private static List<String> walk(String first, Answer after) {
        List<String> ids = new ArrayList<>();
        JsonNode next = getAfter(after, first).body();
        while (true) {
            next.path("items").forEach(item -> ids.add(item.path("id").asString()));
            if (next.path("next").isNull()) {
                return ids;
            }
            Answer page = get(next.path("next").asString());
            assertThat(page.status()).isEqualTo(200);
            next = page.body();
        }
    }
}
