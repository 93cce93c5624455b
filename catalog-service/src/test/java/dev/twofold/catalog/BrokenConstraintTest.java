package dev.twofold.catalog;

import static dev.twofold.catalog.TestCatalog.get;
import static dev.twofold.catalog.TestCatalog.getAfter;
import static dev.twofold.catalog.TestCatalog.post;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.catalog.TestCatalog.Answer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What callers are told when a table does not take what the rules of commands allow.
class BrokenConstraintTest {
    private static final String PRODUCT =
            """
            {"productId": "%s", "sku": "%s", "name": "Pan", "price": 1, "currency": "EUR", "stock": 3}
            """;

    @AfterEach
    void tidyUp() throws SQLException {
        execute("DELETE FROM catalog.product WHERE id = 'by-hand'");
        execute("ALTER TABLE catalog.inventory DROP CONSTRAINT IF EXISTS at_most_a_dozen");
    }

    @Test
    void rows_in_the_way_are_a_conflict_and_nothing_is_changed() throws SQLException {
        execute(
                """
                INSERT INTO catalog.product (id, sku, name, price, currency, attributes)
                VALUES ('by-hand', 'BY-HAND', 'By hand', 1, 'EUR', '{}')
                """);
        long before = TestCatalog.head();
        String body = PRODUCT.formatted("clash", "BY-HAND");

        Answer refused = post("/products", body, "Idempotency-Key", "clash");

        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(refused.problem()).isEqualTo("constraint-broken");
        assertThat(refused.text("table")).isEqualTo("catalog.product");
        assertThat(refused.text("constraint")).isEqualTo("product_sku_key");
        assertThat(refused.text("detail"))
                .contains("product_sku_key", "catalog.product", "nothing was changed");
        assertThat(TestCatalog.head()).isEqualTo(before);
        assertThat(get("/products/clash").status()).isEqualTo(404);

        execute("DELETE FROM catalog.product WHERE id = 'by-hand'");
        assertThat(post("/products", body, "Idempotency-Key", "clash").status())
                .as("the same request once nothing is in the way")
                .isEqualTo(202);
    }

    @Test
    void values_that_an_operators_constraint_forbids_cannot_be_processed() throws SQLException {
        Answer made = post("/products", PRODUCT.formatted("dozen", "DOZEN"));
        getAfter(made, "/products/dozen");
        execute(
                """
                ALTER TABLE catalog.inventory
                ADD CONSTRAINT at_most_a_dozen CHECK (stock <= 12) NOT VALID
                """);
        long before = TestCatalog.head();

        Answer refused = post("/products/dozen/stock", "{\"by\": 10}");

        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.problem()).isEqualTo("constraint-broken");
        assertThat(refused.text("table")).isEqualTo("catalog.inventory");
        assertThat(refused.text("constraint")).isEqualTo("at_most_a_dozen");
        assertThat(TestCatalog.head()).isEqualTo(before);
        assertThat(post("/products/dozen/stock", "{\"by\": 9}").status()).isEqualTo(202);
    }

    private static void execute(String sql) throws SQLException {
        try (Connection connection = TestCatalog.connections().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
