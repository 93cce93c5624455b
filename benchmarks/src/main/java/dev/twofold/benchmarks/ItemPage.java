package dev.twofold.benchmarks;

import dev.twofold.benchmarks.ItemEvent.ItemChanged;
import dev.twofold.benchmarks.ItemEvent.ItemCreated;
import org.jspecify.annotations.Nullable;

/// What all frameworks fold the events of an item into.
///
/// @param product only where pages are as large as those of a shop
record ItemPage(String id, long changes, String note, @Nullable ItemProduct product) {

    /// Makes the next page of a page and an event.
    interface Fold {
        ItemPage after(@Nullable ItemPage before, ItemEvent event);
    }

    /// The smallest page.
    static ItemPage small(@Nullable ItemPage before, ItemEvent event) {
        long changes = before == null ? 0 : before.changes;
        return switch (event) {
            case ItemCreated(var id, var note) -> new ItemPage(id, changes, note, null);
            case ItemChanged(var id, _, var note) -> new ItemPage(id, changes + 1, note, null);
        };
    }

    /// A page with all that a shop shows of a product.
    static ItemPage product(@Nullable ItemPage before, ItemEvent event) {
        ItemPage page = small(before, event);
        ItemProduct product = before == null ? null : before.product;
        return new ItemPage(
                page.id,
                page.changes,
                page.note,
                product == null ? ItemProduct.of(page.id) : product.after(page.changes));
    }
}
