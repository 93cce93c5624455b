package dev.twofold.catalog.search;

import dev.twofold.catalog.search.SearchSort.Place;
import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What was found, page by page.
///
/// @param text the words that were looked for in the end; null for none
/// @param matching how they come from those that were asked for
/// @param didYouMean words that more products have, when hardly any has those asked for
/// @param facets null unless asked for
/// @param last the place of the last hit if more follow
record SearchResult(
        List<Hit> hits,
        @Nullable String text,
        Matching matching,
        @Nullable String didYouMean,
        @Nullable Facets facets,
        @Nullable Place last) {

    SearchResult {
        hits = List.copyOf(hits);
    }

    /// How the words that were looked for come from those that were asked for.
    enum Matching {
        /// They are the same.
        AS_ASKED,
        /// No product has those; these are spelled nearly the same.
        CORRECTED,
        /// No product has them all; these have some.
        SOME_WORDS
    }

    /// A product that was found.
    ///
    /// @param highlightedName null unless the name has words that were looked for
    /// @param snippet of the description, where it has such words, or its beginning; null without
    ///   one
    record Hit(
            String id,
            String sku,
            String name,
            BigDecimal price,
            String currency,
            String formattedPrice,
            @Nullable BigDecimal salePrice,
            @Nullable String formattedSalePrice,
            boolean inStock,
            @Nullable String brandId,
            @Nullable String brandName,
            @Nullable String categoryId,
            @Nullable String categoryName,
            @Nullable BigDecimal averageRating,
            int reviewCount,
            @Nullable List<Passage> highlightedName,
            @Nullable List<Passage> snippet) {}

    /// A part of a text, as it is: whoever shows it escapes it.
    ///
    /// @param hit whether that is what was looked for
    record Passage(String text, boolean hit) {}

    /// How many products there are of what kind, each kind counted with all filters but its own.
    ///
    /// @param total how many there are with all filters
    /// @param atLeast whether counting has ended before all were counted, so that there may be more
    ///   of everything
    record Facets(
            long total,
            boolean atLeast,
            List<CategoryCount> categories,
            List<BrandCount> brands,
            List<PriceCount> prices,
            List<RatingCount> ratings,
            StockCount stock) {
        Facets {
            categories = List.copyOf(categories);
            brands = List.copyOf(brands);
            prices = List.copyOf(prices);
            ratings = List.copyOf(ratings);
        }
    }

    /// @param parentId null at the top
    record CategoryCount(String id, String name, @Nullable String parentId, long count) {}

    record BrandCount(String id, String name, long count) {}

    /// @param from the least price
    /// @param to the highest price, to a hundredth; null for the last range
    record PriceCount(BigDecimal from, @Nullable BigDecimal to, long count) {}

    /// @param atLeast stars
    record RatingCount(int atLeast, long count) {}

    record StockCount(long inStock, long outOfStock) {}
}
