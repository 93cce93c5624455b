package dev.twofold.benchmarks;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;

/// The fields of the catalog's product page, filled as an average product of a grocer does: about
/// 1,100 bytes of JSON.
record ItemProduct(
        String sku,
        String name,
        String description,
        BigDecimal price,
        String currency,
        String formattedPrice,
        BigDecimal salePrice,
        String formattedSalePrice,
        int stock,
        boolean inStock,
        String brandId,
        String brandName,
        String categoryId,
        String categoryName,
        List<Step> categoryPath,
        BigDecimal averageRating,
        int reviewCount,
        long ratingTotal,
        Map<String, String> attributes,
        boolean discontinued,
        String createdAt,
        String updatedAt,
        long version) {
    private static final String TIME = "2026-11-01T09:00:00.000000Z";

    record Step(String id, String name) {}

    static ItemProduct of(String id) {
        return new ItemProduct(
                "SKU-" + id,
                "Lorem ipsum dolor sit amet, 500 g",
                ItemEvent.note(),
                new BigDecimal("12.50"),
                "EUR",
                "€12.50",
                new BigDecimal("9.90"),
                "€9.90",
                100,
                true,
                "consectetur",
                "Consectetur",
                "adipisici-elit",
                "Adipisici Elit",
                List.of(
                        new Step("sed-eiusmod", "Sed & Eiusmod"),
                        new Step("tempor", "Tempor"),
                        new Step("adipisici-elit", "Adipisici Elit")),
                new BigDecimal("4.25"),
                4,
                17,
                Map.of("condition", "new", "color", "blue", "weight", "500 g"),
                false,
                TIME,
                TIME,
                1);
    }

    /// The page after so many changes, by which what is sold changes.
    ItemProduct after(long changes) {
        return new ItemProduct(
                sku,
                name,
                description,
                price,
                currency,
                formattedPrice,
                salePrice,
                formattedSalePrice,
                stock - 1,
                stock > 1,
                brandId,
                brandName,
                categoryId,
                categoryName,
                categoryPath,
                averageRating,
                reviewCount,
                ratingTotal,
                attributes,
                discontinued,
                createdAt,
                updatedAt,
                changes + 1);
    }
}
