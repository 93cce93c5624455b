package dev.twofold.catalog.review;

import org.jspecify.annotations.Nullable;

/// What can be asked of reviews.
public sealed interface ReviewCommand {

    /// @param rating 1 to 5
    record SubmitReview(String productId, String customerId, int rating, @Nullable String text)
            implements ReviewCommand {}
}
