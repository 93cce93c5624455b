package dev.twofold.catalog.product;

import org.jspecify.annotations.Nullable;

/// What can be asked of a product.
///
/// A command holds what a caller sent, right or wrong; [ProductDecider] checks it.
public sealed interface ProductCommand {

    String productId();

    record CreateProduct(String productId, String sku, ProductDetails details)
            implements ProductCommand {}

    /// Makes the product's details those given, whatever they were, as someone asks for who has
    /// edited them.
    record ReviseProduct(String productId, ProductDetails details) implements ProductCommand {}

    /// Makes those of the details that are stated what is given, and leaves the others, as a line
    /// of a feed asks for that lacks some columns.
    record UpdateProduct(String productId, ProductDetails given, Stated stated)
            implements ProductCommand {}

    record RenameProduct(String productId, String name) implements ProductCommand {}

    record DescribeProduct(String productId, @Nullable String description)
            implements ProductCommand {}

    /// Changes the regular price and leaves the sale price.
    record ChangePrice(String productId, Money price) implements ProductCommand {}

    /// Puts the product on sale, or ends that with null.
    record ChangeSalePrice(String productId, @Nullable Money salePrice) implements ProductCommand {}

    /// Adds to the stock, or takes from it when `by` is negative.
    record AdjustStock(String productId, int by) implements ProductCommand {}

    record AssignBrand(String productId, @Nullable String brandId) implements ProductCommand {}

    record AssignCategory(String productId, @Nullable String categoryId)
            implements ProductCommand {}

    /// Takes the product out of the catalog for good; its SKU stays taken.
    record DiscontinueProduct(String productId) implements ProductCommand {}
}
