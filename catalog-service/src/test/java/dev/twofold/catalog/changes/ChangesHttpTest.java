package dev.twofold.catalog.changes;

import static dev.twofold.catalog.TestCatalog.get;
import static dev.twofold.catalog.TestCatalog.getAfter;
import static dev.twofold.catalog.TestCatalog.post;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.catalog.TestCatalog.Answer;
import java.time.LocalDate;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class ChangesHttpTest {
    @Test
    void counts_what_has_changed_on_each_day() {
        Answer before = create("changed-1");
        int created = sum(before, "created");
        int prices = sum(before, "prices");
        int details = sum(before, "details");
        int stock = sum(before, "stock");
        create("changed-2");
        post("/products/changed-1/price", "{\"price\": 12, \"currency\": \"INR\"}");
        post("/products/changed-1/name", "{\"name\": \"Other\"}");
        Answer last = post("/products/changed-1/stock", "{\"by\": 1}");

        assertThat(sum(last, "created")).isEqualTo(created + 1);
        assertThat(sum(last, "prices")).isEqualTo(prices + 1);
        assertThat(sum(last, "details")).isEqualTo(details + 1);
        assertThat(sum(last, "stock")).isEqualTo(stock + 1);
        String day = get("/changes").body().path("items").path(0).path("day").asString();
        assertThat(get("/changes", "Accept", "text/html").response().body())
                .contains(LocalDate.parse(day).toString());
    }

    @Test
    void lists_the_days_before_a_day() {
        Answer created = create("changed-3");
        Answer none = getAfter(created, "/changes?before=2020-01-01");
        assertThat(none.body().path("items").size()).isZero();
        assertThat(none.body().path("next").isNull()).isTrue();
        assertThat(get("/changes?before=soon").text("detail"))
                .isEqualTo(
                        "the parameter before must be a day such as 2026-11-01, but was"
                                + " \"soon\"");
    }

    /// Of all days, so that it does not matter on which the test runs.
    private static int sum(Answer after, String count) {
        Answer days = getAfter(after, "/changes?limit=366");
        assertThat(days.status()).isEqualTo(200);
        int sum = 0;
        for (JsonNode day : days.body().path("items")) {
            sum += day.path(count).intValue();
        }
        return sum;
    }

    private static Answer create(String id) {
        Answer created =
                post(
                        "/products",
                        """
                        {"productId": "%s", "sku": "SKU-%s", "name": "%s", "price": 1,
                         "currency": "INR"}
                        """
                                .formatted(id, id, id));
        assertThat(created.status()).isEqualTo(202);
        return created;
    }
}
