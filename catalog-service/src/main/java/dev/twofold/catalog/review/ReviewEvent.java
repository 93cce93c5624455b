package dev.twofold.catalog.review;

import dev.twofold.catalog.CatalogEvent;
import org.jspecify.annotations.Nullable;

/// What happened to a review.
public sealed interface ReviewEvent extends CatalogEvent {

    record ReviewSubmitted(String productId, String customerId, int rating, @Nullable String text)
            implements ReviewEvent {}
}
