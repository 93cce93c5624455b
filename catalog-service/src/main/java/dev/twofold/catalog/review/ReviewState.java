package dev.twofold.catalog.review;

/// What the rules need to know of a customer and a product.
public sealed interface ReviewState {

    /// There is no such product.
    record NoProduct() implements ReviewState {}

    /// The customer has not reviewed the product yet.
    record Open() implements ReviewState {}

    record Reviewed() implements ReviewState {}

    /// The product was discontinued.
    record Closed() implements ReviewState {}
}
