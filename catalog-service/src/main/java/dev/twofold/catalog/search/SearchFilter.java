package dev.twofold.catalog.search;

import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Which products are looked for, apart from their words; null or none for any.
///
/// @param categoryId of the category or of one above it
/// @param brandIds of any of these brands
/// @param minPrice of what a product costs now, in whatever currency
/// @param inStock null for both
record SearchFilter(
        @Nullable String categoryId,
        List<String> brandIds,
        @Nullable BigDecimal minPrice,
        @Nullable BigDecimal maxPrice,
        @Nullable BigDecimal minRating,
        @Nullable Boolean inStock) {
    static final SearchFilter ANY = new SearchFilter(null, List.of(), null, null, null, null);

    SearchFilter {
        brandIds = List.copyOf(brandIds);
    }

    /// What products are counted by.
    enum Facet {
        CATEGORY,
        BRAND,
        PRICE,
        RATING,
        STOCK
    }

    boolean has(Facet facet) {
        return !without(facet).equals(this);
    }

    SearchFilter without(Facet facet) {
        return switch (facet) {
            case CATEGORY -> withCategory(null);
            case BRAND -> withBrands(List.of());
            case PRICE -> withPrice(null, null);
            case RATING -> withRating(null);
            case STOCK -> withStock(null);
        };
    }

    SearchFilter withCategory(@Nullable String id) {
        return new SearchFilter(id, brandIds, minPrice, maxPrice, minRating, inStock);
    }

    SearchFilter withBrands(List<String> ids) {
        return new SearchFilter(categoryId, ids, minPrice, maxPrice, minRating, inStock);
    }

    SearchFilter withPrice(@Nullable BigDecimal from, @Nullable BigDecimal to) {
        return new SearchFilter(categoryId, brandIds, from, to, minRating, inStock);
    }

    SearchFilter withRating(@Nullable BigDecimal least) {
        return new SearchFilter(categoryId, brandIds, minPrice, maxPrice, least, inStock);
    }

    SearchFilter withStock(@Nullable Boolean stock) {
        return new SearchFilter(categoryId, brandIds, minPrice, maxPrice, minRating, stock);
    }
}
