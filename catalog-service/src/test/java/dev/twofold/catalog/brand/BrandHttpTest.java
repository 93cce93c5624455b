package dev.twofold.catalog.brand;

import static dev.twofold.catalog.TestCatalog.get;
import static dev.twofold.catalog.TestCatalog.getAfter;
import static dev.twofold.catalog.TestCatalog.post;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.catalog.TestCatalog.Answer;
import org.junit.jupiter.api.Test;

class BrandHttpTest {
    @Test
    void takes_a_brand_and_its_new_name_to_the_pages_of_its_products() {
        Answer created = post("/brands", "{\"brandId\": \"acme\", \"name\": \"Acme\"}");
        assertThat(created.status()).isEqualTo(202);
        assertThat(created.header("Location")).isEqualTo("/brands/acme");
        assertThat(created.text("brandId")).isEqualTo("acme");
        Answer product =
                post(
                        "/products",
                        """
                        {"productId": "anvil", "sku": "ANVIL", "name": "Anvil", "price": 90,
                         "currency": "USD", "brandId": "acme"}
                        """);
        assertThat(getAfter(product, "/products/anvil").text("brandName")).isEqualTo("Acme");

        Answer renamed = post("/brands/acme/name", "{\"name\": \"Acme & Sons\"}");
        assertThat(getAfter(renamed, "/products/anvil").text("brandName")).isEqualTo("Acme & Sons");
        assertThat(get("/brands/acme").text("name")).isEqualTo("Acme & Sons");
        Answer listed = getAfter(renamed, "/products?brand=acme");
        assertThat(listed.body().path("items").size()).isEqualTo(1);
    }

    @Test
    void makes_an_id_from_the_name_and_refuses_the_name_twice() {
        Answer created = post("/brands", "{\"name\": \"Über Gut\"}");
        assertThat(created.status()).isEqualTo(202);
        assertThat(get(created.text("checkUrl")).text("name")).isEqualTo("Über Gut");
        Answer twice = post("/brands", "{\"name\": \"Über Gut\"}");
        assertThat(twice.status()).isEqualTo(409);
        assertThat(twice.problem()).isEqualTo("brand-name-taken");
        assertThat(twice.text("byBrandId")).isEqualTo(created.text("brandId"));
        Answer nobody = post("/brands/nobody/name", "{\"name\": \"x\"}");
        assertThat(nobody.status()).isEqualTo(404);
        assertThat(nobody.text("field")).isEqualTo("brandId");
        assertThat(get("/brands/nobody").problem()).isEqualTo("unknown-brand");
    }

    @Test
    void lists_brands_page_by_page() {
        post("/brands", "{\"brandId\": \"l1\", \"name\": \"!list 1\"}");
        post("/brands", "{\"brandId\": \"l2\", \"name\": \"!list 2\"}");
        post("/brands", "{\"brandId\": \"l3\", \"name\": \"!list 3\"}");
        Answer first = get("/brands?limit=2");
        assertThat(first.body().path("items").get(1).path("brandId").asString()).isEqualTo("l2");
        Answer second = get(first.text("next"));
        assertThat(second.body().path("items").get(0).path("brandId").asString()).isEqualTo("l3");
        assertThat(get("/brands?after=x").problem()).isEqualTo("invalid-parameter");
    }
}
