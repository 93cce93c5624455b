package dev.twofold.benchmarks;

import dev.twofold.benchmarks.ItemEvent.ItemChanged;
import dev.twofold.benchmarks.ItemEvent.ItemCreated;
import org.jspecify.annotations.Nullable;

/// What all frameworks fold the events of an item into.
record ItemPage(String id, long changes, String note) {

    static ItemPage after(@Nullable ItemPage before, ItemEvent event) {
        long changes = before == null ? 0 : before.changes;
        return switch (event) {
            case ItemCreated(var id, var note) -> new ItemPage(id, changes, note);
            case ItemChanged(var id, _, var note) -> new ItemPage(id, changes + 1, note);
        };
    }
}
