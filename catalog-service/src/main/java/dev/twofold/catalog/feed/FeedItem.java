package dev.twofold.catalog.feed;

import dev.twofold.catalog.product.ProductDetails;
import dev.twofold.catalog.product.Stated;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A product as a line of a feed states it.
///
/// @param line the number of the line in the file
/// @param details all but brand and category, which a feed knows by name
/// @param stated which of them the feed states
/// @param brand null if none is given
/// @param category names from the top down; empty if none is given
record FeedItem(
        long line,
        String sku,
        ProductDetails details,
        Stated stated,
        @Nullable String brand,
        List<String> category) {
    FeedItem {
        category = List.copyOf(category);
    }
}
