package dev.twofold.benchmarks;

import static org.axonframework.modelling.command.AggregateLifecycle.apply;

import dev.twofold.benchmarks.ItemCommand.ChangeItem;
import dev.twofold.benchmarks.ItemCommand.CreateItem;
import dev.twofold.benchmarks.ItemCommand.FillItem;
import dev.twofold.benchmarks.ItemEvent.ItemChanged;
import dev.twofold.benchmarks.ItemEvent.ItemCreated;
import org.axonframework.commandhandling.CommandHandler;
import org.axonframework.eventsourcing.EventSourcingHandler;
import org.axonframework.modelling.command.AggregateIdentifier;
import org.jspecify.annotations.Nullable;

/// The item as an aggregate of Axon, by the same rules as [ItemDecider].
final class AxonItem {
    @AggregateIdentifier
    @SuppressWarnings("UnusedVariable") // read by Axon
    private @Nullable String id;

    private long changes;

    /// Called before the events are replayed.
    AxonItem() {}

    @CommandHandler
    AxonItem(CreateItem command) {
        apply(new ItemCreated(command.id(), command.note()));
    }

    @CommandHandler
    AxonItem(FillItem command) {
        apply(new ItemCreated(command.id(), command.note()));
        for (int number = 1; number < command.events(); number++) {
            apply(new ItemChanged(command.id(), number, command.note()));
        }
    }

    @CommandHandler
    void handle(ChangeItem command) {
        apply(new ItemChanged(command.id(), changes + 1, command.note()));
    }

    @EventSourcingHandler
    void on(ItemCreated event) {
        id = event.id();
    }

    @EventSourcingHandler
    void on(ItemChanged event) {
        changes = event.number();
    }
}
