package dev.twofold.catalog.product;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Which of a product's details somebody states who does not speak of the others, such as a feed
/// with some of the columns. Name and price are always stated.
///
/// @param atLeast whether the stock that is stated is what there is at least, so that more than
///   that is not contradicted
/// @param attributes the names of those that are stated, also where there is none
public record Stated(
        boolean description,
        boolean salePrice,
        boolean atLeast,
        boolean brand,
        boolean category,
        Set<String> attributes) {

    public Stated {
        attributes = Set.copyOf(attributes);
    }

    /// What the details come to, given those of now.
    public ProductDetails over(ProductDetails now, ProductDetails given) {
        Map<String, String> all = new TreeMap<>(now.attributes());
        all.keySet().removeAll(attributes);
        all.putAll(given.attributes());
        return new ProductDetails(
                given.name(),
                description ? given.description() : now.description(),
                given.price(),
                salePrice ? given.salePrice() : now.salePrice(),
                atLeast ? Math.max(now.stock(), given.stock()) : given.stock(),
                brand ? given.brandId() : now.brandId(),
                category ? given.categoryId() : now.categoryId(),
                all);
    }
}
