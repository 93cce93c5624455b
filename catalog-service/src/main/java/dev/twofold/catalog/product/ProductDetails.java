package dev.twofold.catalog.product;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// All that a shop states about a product.
///
/// @param salePrice null when the product is not on sale
/// @param stock how many there are
/// @param attributes what no rule speaks of, such as `link`, `image_link`, `gtin`, `condition`, in
///   the order of their names
public record ProductDetails(
        String name,
        @Nullable String description,
        Money price,
        @Nullable Money salePrice,
        int stock,
        @Nullable String brandId,
        @Nullable String categoryId,
        Map<String, String> attributes) {

    public ProductDetails {
        attributes = Collections.unmodifiableMap(new TreeMap<>(attributes));
    }

    /// A product with nothing but a name, a price and a stock.
    public static ProductDetails of(String name, Money price, int stock) {
        return new ProductDetails(name, null, price, null, stock, null, null, Map.of());
    }

    public ProductDetails withName(String value) {
        return new ProductDetails(
                value, description, price, salePrice, stock, brandId, categoryId, attributes);
    }

    public ProductDetails withDescription(@Nullable String value) {
        return new ProductDetails(
                name, value, price, salePrice, stock, brandId, categoryId, attributes);
    }

    public ProductDetails withPrice(Money value, @Nullable Money sale) {
        return new ProductDetails(
                name, description, value, sale, stock, brandId, categoryId, attributes);
    }

    public ProductDetails withStock(int value) {
        return new ProductDetails(
                name, description, price, salePrice, value, brandId, categoryId, attributes);
    }

    public ProductDetails withBrand(@Nullable String value) {
        return new ProductDetails(
                name, description, price, salePrice, stock, value, categoryId, attributes);
    }

    public ProductDetails withCategory(@Nullable String value) {
        return new ProductDetails(
                name, description, price, salePrice, stock, brandId, value, attributes);
    }

    public ProductDetails withAttributes(Map<String, String> value) {
        return new ProductDetails(
                name, description, price, salePrice, stock, brandId, categoryId, value);
    }
}
