package dev.twofold.catalog.category;

import static dev.twofold.catalog.TestCatalog.get;
import static dev.twofold.catalog.TestCatalog.getAfter;
import static dev.twofold.catalog.TestCatalog.post;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.catalog.TestCatalog.Answer;
import org.junit.jupiter.api.Test;

class CategoryHttpTest {
    @Test
    void takes_a_category_and_the_new_name_of_the_one_above_it_to_the_pages_of_its_products() {
        post("/categories", "{\"categoryId\": \"home\", \"name\": \"Home\"}");
        Answer below =
                post(
                        "/categories",
                        "{\"categoryId\": \"lamps\", \"parentId\": \"home\", \"name\": \"Lamps\"}");
        assertThat(below.status()).isEqualTo(202);
        assertThat(below.header("Location")).isEqualTo("/categories/lamps");
        Answer product =
                post(
                        "/products",
                        """
                        {"productId": "lamp", "sku": "LAMP", "name": "Lamp", "price": 9,
                         "currency": "USD", "categoryId": "lamps"}
                        """);
        assertThat(getAfter(product, "/products/lamp").text("categoryName")).isEqualTo("Lamps");

        Answer renamed = post("/categories/home/name", "{\"name\": \"At Home\"}");
        Answer page = getAfter(renamed, "/products/lamp");
        assertThat(page.body().path("categoryPath").get(0).path("name").asString())
                .isEqualTo("At Home");
        assertThat(page.body().path("categoryPath").get(1).path("name").asString())
                .isEqualTo("Lamps");
        assertThat(getAfter(renamed, "/products?category=home").body().path("items").size())
                .isEqualTo(1);
        assertThat(get("/categories/lamps").text("parentId")).isEqualTo("home");
        assertThat(get("/categories").response().body()).contains("At Home");
    }

    @Test
    void refuses_an_unknown_parent_and_the_same_name_in_one_place() {
        Answer orphan = post("/categories", "{\"parentId\": \"nowhere\", \"name\": \"x\"}");
        assertThat(orphan.status()).isEqualTo(422);
        assertThat(orphan.problem()).isEqualTo("unknown-parent");
        assertThat(orphan.text("value")).isEqualTo("nowhere");
        post("/categories", "{\"name\": \"Twice\"}");
        Answer twice = post("/categories", "{\"name\": \"Twice\"}");
        assertThat(twice.status()).isEqualTo(409);
        assertThat(twice.problem()).isEqualTo("category-name-taken");
    }
}
