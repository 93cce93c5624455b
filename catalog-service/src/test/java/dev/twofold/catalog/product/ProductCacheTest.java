package dev.twofold.catalog.product;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.Known;
import dev.twofold.Query;
import dev.twofold.catalog.Heap;
import dev.twofold.catalog.StateCache;
import dev.twofold.catalog.product.ProductState.Listed;
import java.math.BigDecimal;
import java.util.Currency;
import java.util.Map;
import java.util.concurrent.ConcurrentMap;
import org.junit.jupiter.api.Test;

class ProductCacheTest {
    private static final Currency EUR = Currency.getInstance("EUR");

    /// The estimate is checked against what the heap says, for texts of two bytes a character.
    @Test
    void an_entry_takes_no_more_memory_than_it_weighs_and_not_much_less() {
        int entries = 20_000;
        long taken = Heap.taken(() -> filled(entries, 200)) / entries;
        long weight = filled(1, 200).entrySet().stream().mapToLong(this::weight).sum();

        assertThat(taken).isBetween(weight / 2, weight);
    }

    @Test
    void keeps_no_more_than_its_bytes() {
        ConcurrentMap<Query, Known<ProductState>> cache = filled(200, 1 << 20);

        assertThat(cache.entrySet().stream().mapToLong(this::weight).sum())
                .isPositive()
                .isLessThanOrEqualTo(ProductCache.MAX_BYTES);
    }

    private long weight(Map.Entry<Query, Known<ProductState>> entry) {
        return StateCache.weight(entry.getKey(), ProductCache.bytes(entry.getValue().state()));
    }

    private static ConcurrentMap<Query, Known<ProductState>> filled(int entries, int characters) {
        ConcurrentMap<Query, Known<ProductState>> cache = ProductCache.create();
        for (int i = 0; i < entries; i++) {
            String id = "product-%06d".formatted(i);
            cache.put(
                    Products.boundary(new ProductCommand.DiscontinueProduct(id)),
                    new Known<>(listed(id, "ж".repeat(characters)), i + 1));
        }
        return cache;
    }

    private static Listed listed(String id, String description) {
        return new Listed(
                id,
                "SKU" + id,
                new ProductDetails(
                        "Чайник " + id,
                        description,
                        new Money(new BigDecimal("12345678901234.99"), EUR),
                        new Money(new BigDecimal("12345678901233.99"), EUR),
                        5,
                        "brand " + id,
                        "category " + id,
                        Map.of("gtin", "x" + id, "link", "https://shop.example/" + id)),
                1);
    }
}
