package dev.twofold.catalog.review;

import static dev.twofold.catalog.TestCatalog.getAfter;
import static dev.twofold.catalog.TestCatalog.post;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.catalog.TestCatalog.Answer;
import org.junit.jupiter.api.Test;

class ReviewHttpTest {
    @Test
    void takes_a_review_from_its_submission_to_the_products_page() {
        post(
                "/products",
                """
                {"productId": "rated", "sku": "RATED", "name": "Rated", "price": 1, "currency": "EUR"}
                """);
        post("/products/rated/reviews", "{\"customerId\": \"ann\", \"rating\": 5}");
        Answer review =
                post(
                        "/products/rated/reviews",
                        "{\"customerId\": \"bob\", \"rating\": 2, \"text\": \"Well.\"}");
        assertThat(review.status()).isEqualTo(202);
        Answer page = getAfter(review, "/products/rated");
        assertThat(page.body().path("reviewCount").intValue()).isEqualTo(2);
        assertThat(page.body().path("averageRating").decimalValue()).isEqualByComparingTo("3.5");
    }

    @Test
    void refuses_a_second_review_an_unknown_product_and_a_rating_out_of_range() {
        post(
                "/products",
                """
                {"productId": "once", "sku": "ONCE", "name": "Once", "price": 1, "currency": "EUR"}
                """);
        post("/products/once/reviews", "{\"customerId\": \"ann\", \"rating\": 5}");
        Answer second = post("/products/once/reviews", "{\"customerId\": \"ann\", \"rating\": 1}");
        assertThat(second.status()).isEqualTo(409);
        assertThat(second.problem()).isEqualTo("already-reviewed");
        Answer nowhere = post("/products/none/reviews", "{\"customerId\": \"a\", \"rating\": 1}");
        assertThat(nowhere.status()).isEqualTo(404);
        assertThat(nowhere.problem()).isEqualTo("unknown-product");
        Answer six = post("/products/once/reviews", "{\"customerId\": \"bob\", \"rating\": 6}");
        assertThat(six.status()).isEqualTo(422);
        assertThat(six.text("field")).isEqualTo("rating");
        assertThat(six.text("value")).isEqualTo("6");
    }
}
