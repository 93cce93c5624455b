package dev.twofold.catalog.feed;

import dev.twofold.catalog.brand.Brands;
import dev.twofold.catalog.category.Categories;
import dev.twofold.catalog.category.CategoryPath;
import dev.twofold.catalog.product.ProductPage;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Some products for sale, and whom the names of their brands and categories stand for, all as they
/// were at one moment.
///
/// @param last the id behind which the next ones are; empty if there are none
/// @param brands the ids of brands by name
/// @param categories the ids of categories by their names, from the top down
record FeedChunk(
        String last,
        List<ProductPage> products,
        Map<String, String> brands,
        Map<List<String>, String> categories) {
    FeedChunk {
        products = List.copyOf(products);
        brands = Map.copyOf(brands);
        categories = Map.copyOf(categories);
    }

    /// Looks the names up by the connection, in whose transaction the products were read.
    static FeedChunk of(String last, List<ProductPage> products, Connection connection)
            throws SQLException {
        Set<String> brands = new HashSet<>();
        Set<List<String>> paths = new HashSet<>();
        for (ProductPage product : products) {
            if (product.brandName() != null) {
                brands.add(product.brandName());
            }
            paths.add(path(product));
        }
        paths.remove(List.<String>of());
        return new FeedChunk(
                last, products, Brands.ids(connection, brands), Categories.ids(connection, paths));
    }

    boolean isLast() {
        return last.isEmpty();
    }

    /// The names of the product's category and those above it, from the top down.
    static List<String> path(ProductPage product) {
        return product.categoryPath().stream().map(CategoryPath.Step::name).toList();
    }
}
