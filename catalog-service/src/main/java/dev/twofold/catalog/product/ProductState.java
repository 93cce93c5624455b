package dev.twofold.catalog.product;

/// What the rules need to know of a product.
///
/// `version` counts the product's events.
public sealed interface ProductState {

    /// No such product yet.
    record Unknown() implements ProductState {}

    record Listed(String productId, String sku, ProductDetails details, long version)
            implements ProductState {}

    record Discontinued(String productId, long version) implements ProductState {}
}
