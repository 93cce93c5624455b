package dev.twofold.catalog.feed;

import dev.twofold.catalog.product.ProductDetails;
import dev.twofold.catalog.product.ProductState;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/// Where the lines of a feed go. Safe for use by many threads.
interface FeedTarget {

    /// The ids of brands by the names that the feed gives them.
    Map<String, String> brands(Collection<String> names);

    /// The ids of categories by the paths that the feed gives them.
    Map<List<String>, String> categories(Collection<List<String>> paths);

    /// Makes a product what a line states.
    ///
    /// @param details with the ids of brand and category
    /// @param state of the product that has the SKU, unknown if none has
    Result accept(FeedItem item, ProductDetails details, ProductState state)
            throws InterruptedException;

    /// What became of a line.
    sealed interface Result {

        record Created() implements Result {}

        /// @param events 0 if the product was as the line states
        record Revised(int events) implements Result {}

        record Rejected(FeedProblem problem) implements Result {}
    }
}
