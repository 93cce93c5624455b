package dev.twofold.catalog.product;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.Known;
import dev.twofold.Query;
import dev.twofold.StreamId;
import dev.twofold.catalog.product.ProductState.Listed;
import java.math.BigDecimal;
import java.util.Currency;
import java.util.concurrent.ConcurrentMap;
import org.junit.jupiter.api.Test;

class ProductCacheTest {
    private static final Money PRICE =
            new Money(new BigDecimal("1.00"), Currency.getInstance("EUR"));

    @Test
    void a_state_weighs_what_its_text_takes() {
        assertThat(ProductCache.bytes(listed("x".repeat(1_000))))
                .isEqualTo(ProductCache.bytes(listed("")) + 2_000);
    }

    @Test
    void keeps_no_more_than_its_bytes() {
        ConcurrentMap<Query, Known<ProductState>> cache = ProductCache.create();
        String description = "x".repeat(1 << 20);

        for (int i = 0; i < 200; i++) {
            cache.put(
                    Query.stream(new StreamId("product", Integer.toString(i))),
                    new Known<>(listed(description), i + 1));
        }

        assertThat(cache.values().stream().mapToLong(k -> ProductCache.bytes(k.state())).sum())
                .isPositive()
                .isLessThanOrEqualTo(64L << 20);
    }

    private static Listed listed(String description) {
        return new Listed(
                "p1", "A1", ProductDetails.of("Pen", PRICE, 1).withDescription(description), 1);
    }
}
