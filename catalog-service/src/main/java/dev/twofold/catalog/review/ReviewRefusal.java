package dev.twofold.catalog.review;

import dev.twofold.catalog.Refusal;

/// Why a review was turned down.
public sealed interface ReviewRefusal extends Refusal {

    /// The value cannot be right for any review.
    record InvalidValue(String field, String value, String reason) implements ReviewRefusal {}

    record UnknownProduct(String productId) implements ReviewRefusal {}

    record NoLongerSold(String productId) implements ReviewRefusal {}

    record AlreadyReviewed(String customerId) implements ReviewRefusal {}

    @Override
    default String field() {
        return switch (this) {
            case InvalidValue(var field, _, _) -> field;
            case UnknownProduct _, NoLongerSold _ -> "productId";
            case AlreadyReviewed _ -> "customerId";
        };
    }

    @Override
    default String value() {
        return switch (this) {
            case InvalidValue(_, var value, _) -> value;
            case UnknownProduct(var productId) -> productId;
            case NoLongerSold(var productId) -> productId;
            case AlreadyReviewed(var customerId) -> customerId;
        };
    }

    @Override
    default String reason() {
        return switch (this) {
            case InvalidValue(_, _, var reason) -> reason;
            case UnknownProduct _ -> "no product has this id; create it first";
            case NoLongerSold _ -> "the product was discontinued and takes no more reviews";
            case AlreadyReviewed _ -> "this customer has reviewed the product before";
        };
    }
}
