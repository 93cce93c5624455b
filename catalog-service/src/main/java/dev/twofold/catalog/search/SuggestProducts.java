package dev.twofold.catalog.search;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What somebody may be about to type.
///
/// @param prefix the beginning of a name, or of a word in it, and what follows that
/// @param notBefore the position that the answer has to reflect
record SuggestProducts(String prefix, int limit, long notBefore)
        implements CostlyQuery<SuggestProducts.Suggestions> {
    static final int LONGEST_PREFIX = 100;

    record Suggestions(List<Suggestion> items) {
        Suggestions {
            items = List.copyOf(items);
        }
    }

    enum Kind {
        CATEGORY,
        BRAND,
        PRODUCT
    }

    /// @param id of the category, the brand, or the product; null for a product if several have the
    ///   name
    record Suggestion(String text, Kind kind, @Nullable String id) {}
}
