package dev.twofold.benchmarks;

import dev.twofold.Decider;
import dev.twofold.Decision;
import dev.twofold.benchmarks.ItemCommand.ChangeItem;
import dev.twofold.benchmarks.ItemCommand.CreateItem;
import dev.twofold.benchmarks.ItemCommand.FillItem;
import dev.twofold.benchmarks.ItemDecider.Item;
import dev.twofold.benchmarks.ItemEvent.ItemChanged;
import dev.twofold.benchmarks.ItemEvent.ItemCreated;
import java.util.ArrayList;
import java.util.List;

/// The item as a decider of Twofold, by the same rules as [AxonItem].
final class ItemDecider implements Decider<ItemCommand, Item, ItemEvent, String> {

    record Item(boolean exists, long changes) {}

    @Override
    public Item initial() {
        return new Item(false, 0);
    }

    @Override
    public Decision<ItemEvent, String> decide(ItemCommand command, Item item) {
        return switch (command) {
            case ChangeItem _ when !item.exists -> Decision.refuse("there is no such item");
            case ChangeItem(var id, var note) ->
                    Decision.accept(new ItemChanged(id, item.changes + 1, note));
            case CreateItem _, FillItem _ when item.exists ->
                    Decision.refuse("there is such an item already");
            case CreateItem(var id, var note) -> Decision.accept(new ItemCreated(id, note));
            case FillItem(var id, var note, var events) -> Decision.accept(fill(id, note, events));
        };
    }

    @Override
    public Item evolve(Item item, ItemEvent event) {
        return switch (event) {
            case ItemCreated _ -> new Item(true, 0);
            case ItemChanged(_, var number, _) -> new Item(true, number);
        };
    }

    private static List<ItemEvent> fill(String id, String note, int events) {
        List<ItemEvent> all = new ArrayList<>();
        all.add(new ItemCreated(id, note));
        for (int number = 1; number < events; number++) {
            all.add(new ItemChanged(id, number, note));
        }
        return all;
    }
}
