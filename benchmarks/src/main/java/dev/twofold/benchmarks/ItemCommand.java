package dev.twofold.benchmarks;

import org.axonframework.modelling.command.TargetAggregateIdentifier;

/// What all frameworks are asked to do, in the same records.
sealed interface ItemCommand {
    String id();

    /// Begins an item: one event.
    record CreateItem(@TargetAggregateIdentifier String id, String note) implements ItemCommand {}

    /// Begins an item and changes it, `events` events in all.
    record FillItem(@TargetAggregateIdentifier String id, String note, int events)
            implements ItemCommand {}

    /// Changes an item: one event.
    record ChangeItem(@TargetAggregateIdentifier String id, String note) implements ItemCommand {}
}
