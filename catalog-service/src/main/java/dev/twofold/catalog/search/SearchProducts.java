package dev.twofold.catalog.search;

import dev.twofold.catalog.search.SearchSort.Place;
import org.jspecify.annotations.Nullable;

/// Which products have these words, and how many of what kind there are.
///
/// @param text as people type it: words that all must be there, `"…"` for words in a row, `or`, `-`
///   in front of what must not be there; null for products of any words
/// @param after null for the first page
/// @param facets whether to count
/// @param notBefore the position that the answer has to reflect
record SearchProducts(
        @Nullable String text,
        SearchFilter filter,
        SearchSort sort,
        @Nullable Place after,
        int limit,
        boolean facets,
        long notBefore)
        implements CostlyQuery<SearchResult> {
    static final int LONGEST_TEXT = 200;
    static final int MOST_BRANDS = 20;

    SearchProducts {
        if (text == null && sort == SearchSort.RELEVANCE) {
            throw new IllegalArgumentException("without words nothing is more relevant");
        }
    }

    SearchProducts noOlderThan(long position) {
        return new SearchProducts(text, filter, sort, after, limit, facets, position);
    }
}
