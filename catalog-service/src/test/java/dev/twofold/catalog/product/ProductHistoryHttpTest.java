package dev.twofold.catalog.product;

import static dev.twofold.catalog.TestCatalog.get;
import static dev.twofold.catalog.TestCatalog.getAfter;
import static dev.twofold.catalog.TestCatalog.post;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.catalog.TestCatalog.Answer;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Products as they were, and the tree of categories.
class ProductHistoryHttpTest {
    @Test
    void shows_a_product_as_it_was_with_the_names_and_reviews_of_then() {
        post("/brands", "{\"brandId\": \"hist\", \"name\": \"Then\"}");
        Answer created = create("hist-1", "10", "\"brandId\": \"hist\", \"stock\": 1");
        Answer first = getAfter(created, "/products/hist-1");
        post("/products/hist-1/reviews", "{\"customerId\": \"c1\", \"rating\": 4}");
        post("/products/hist-1/price", "{\"price\": 12, \"currency\": \"INR\"}");
        Answer renamed = post("/brands/hist/name", "{\"name\": \"Now\"}");
        Answer now = getAfter(renamed, "/products/hist-1");
        assertThat(now.text("brandName")).isEqualTo("Now");

        Answer then = get("/products/hist-1?at=" + first.text("updatedAt"));
        assertThat(then.status()).isEqualTo(200);
        assertThat(then.body()).isEqualTo(first.body());
        assertThat(then.header("Memento-Datetime")).endsWith("GMT");

        Answer latest = get("/products/hist-1?at=" + now.text("updatedAt"));
        assertThat(latest.body()).isEqualTo(now.body());
        assertThat(get("/products/hist-1?at=2999-01-01T00:00:00Z").body()).isEqualTo(now.body());

        Answer second = get("/products/hist-1?version=2");
        assertThat(second.text("formattedPrice")).isEqualTo("₹12.00");
        assertThat(second.text("brandName")).isEqualTo("Then");
        assertThat(second.body().path("reviewCount").intValue()).isEqualTo(1);
        assertThat(get("/products/hist-1?version=1").body()).isEqualTo(first.body());
    }

    @Test
    void says_what_there_was_not_and_what_is_no_time() {
        create("hist-2", "10", "\"stock\": 1");
        Answer before = get("/products/hist-2?at=2020-01-01T00:00:00Z");
        assertThat(before.status()).isEqualTo(404);
        assertThat(before.text("detail"))
                .isEqualTo("there was no product \"hist-2\" at 2020-01-01T00:00:00Z");
        assertThat(get("/products/hist-2?version=2").text("detail"))
                .isEqualTo("product \"hist-2\" has no version 2");
        Answer wrong = get("/products/hist-2?at=yesterday");
        assertThat(wrong.status()).isEqualTo(400);
        assertThat(wrong.text("detail"))
                .isEqualTo(
                        "the parameter at must be a time such as 2026-11-01T00:00:00Z, but was"
                                + " \"yesterday\"");
        assertThat(get("/products/hist-2?at=2026-11-01T00:00:00Z&version=1").problem())
                .isEqualTo("unknown-parameter");
        assertThat(get("/products/hist-2?version=0").status()).isEqualTo(400);
        assertThat(get("/products/no-hist/prices").problem()).isEqualTo("not-found");
    }

    @Test
    void lists_the_prices_of_a_product_page_by_page() {
        create("hist-3", "10", "\"stock\": 1");
        post("/products/hist-3/stock", "{\"by\": 5}");
        post("/products/hist-3/sale-price", "{\"salePrice\": 8, \"currency\": \"INR\"}");
        post("/products/hist-3/price", "{\"price\": 12, \"currency\": \"INR\"}");

        JsonNode first = get("/products/hist-3/prices?limit=2").body();
        assertThat(first.path("items").size()).isEqualTo(2);
        assertThat(first.path("items").path(0).path("formattedPrice").asString())
                .isEqualTo("₹10.00");
        assertThat(first.path("items").path(0).path("salePrice").isNull()).isTrue();
        assertThat(first.path("items").path(1).path("formattedSalePrice").asString())
                .isEqualTo("₹8.00");
        JsonNode rest = get(first.path("next").asString()).body();
        assertThat(rest.path("items").size()).isEqualTo(1);
        JsonNode last = rest.path("items").path(0);
        assertThat(last.path("formattedPrice").asString()).isEqualTo("₹12.00");
        assertThat(last.path("version").intValue()).isEqualTo(4);
        assertThat(Instant.parse(last.path("since").asString()))
                .isAfter(Instant.parse(first.path("items").path(0).path("since").asString()));
        assertThat(rest.path("next").isNull()).isTrue();
    }

    @Test
    void shows_people_the_past_and_the_prices() {
        create("hist-4", "10", "\"stock\": 1");
        post("/products/hist-4/price", "{\"price\": 12, \"currency\": \"INR\"}");
        String page = get("/products/hist-4?version=1", "Accept", "text/html").response().body();
        assertThat(page).contains("As it was on ", "₹10.00").doesNotContain("₹12.00");
        String prices = get("/products/hist-4/prices", "Accept", "text/html").response().body();
        assertThat(prices).contains("₹10.00", "₹12.00", "/products/hist-4?version=2");
    }

    @Test
    void counts_products_in_the_tree_of_categories_with_those_below() {
        post("/categories", "{\"categoryId\": \"tree\", \"name\": \"Tree\"}");
        post(
                "/categories",
                "{\"categoryId\": \"twig\", \"parentId\": \"tree\", \"name\": \"Twig\"}");
        create("hist-5", "10", "\"stock\": 1, \"categoryId\": \"tree\"");
        create("hist-6", "10", "\"stock\": 1, \"categoryId\": \"twig\"");
        create("hist-7", "10", "\"stock\": 0, \"categoryId\": \"twig\"");
        Answer last = create("hist-8", "10", "\"stock\": 9, \"categoryId\": \"twig\"");
        assertThat(counts(last)).isEqualTo("4/3, below 3/2");

        Answer gone = post("/products/hist-6/category", "{}");
        assertThat(counts(gone)).isEqualTo("3/2, below 2/1");
        String page = get("/category-tree", "Accept", "text/html").response().body();
        assertThat(page).contains("Twig", "2, 1 in stock", "/products?category=twig");
    }

    private static String counts(Answer after) {
        for (JsonNode top : getAfter(after, "/category-tree").body().path("items")) {
            if (top.path("categoryId").asString().equals("tree")) {
                JsonNode below = top.path("children").path(0);
                return "%d/%d, below %d/%d"
                        .formatted(
                                top.path("products").intValue(),
                                top.path("inStock").intValue(),
                                below.path("products").intValue(),
                                below.path("inStock").intValue());
            }
        }
        throw new AssertionError("there is no category \"tree\"");
    }

    private static Answer create(String id, String price, String more) {
        Answer created =
                post(
                        "/products",
                        """
                        {"productId": "%s", "sku": "SKU-%s", "name": "%s", "price": %s,
                         "currency": "INR", %s}
                        """
                                .formatted(id, id, id, price, more));
        assertThat(created.status()).isEqualTo(202);
        return created;
    }
}
