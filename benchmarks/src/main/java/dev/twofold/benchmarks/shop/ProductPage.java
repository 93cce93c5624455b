package dev.twofold.benchmarks.shop;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.text.NumberFormat;
import java.util.Currency;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The answer for a product, with what the catalog's has.
record ProductPage(
        String id,
        String sku,
        String name,
        String description,
        BigDecimal price,
        String currency,
        String formattedPrice,
        int stock,
        boolean inStock,
        String brandId,
        String brandName,
        String categoryId,
        String categoryName,
        List<Step> categoryPath,
        @Nullable BigDecimal averageRating,
        long reviewCount,
        long version) {

    record Step(String id, String name) {}

    static String formatted(BigDecimal price, String currency) {
        NumberFormat format = NumberFormat.getCurrencyInstance(Locale.US);
        format.setCurrency(Currency.getInstance(currency));
        return format.format(price);
    }

    static @Nullable BigDecimal average(long total, long count) {
        return count == 0
                ? null
                : BigDecimal.valueOf(total)
                        .divide(BigDecimal.valueOf(count), 2, RoundingMode.HALF_UP);
    }
}
