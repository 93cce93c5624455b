package dev.twofold.benchmarks.shop;

import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What is asked of a shop.
interface Shop {

    /// Null if there is no such product.
    @Nullable ProductPage find(String id);

    /// The best rated products in stock of a category, or of those below it.
    List<ProductPage> bestRated(String categoryId, int limit);

    /// The products with all of these words in name or description, the best match first.
    List<ProductPage> search(String words, int limit);

    void changePrice(String id, BigDecimal price);
}
