package dev.twofold.catalog.product;

/// What the rules need to know of a product.
public sealed interface ProductState {

    /// No such product yet.
    record Unknown() implements ProductState {}

    record Listed(String productId, String sku, ProductDetails details) implements ProductState {}

    record Discontinued(String productId) implements ProductState {}
}
