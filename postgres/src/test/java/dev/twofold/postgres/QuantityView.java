package dev.twofold.postgres;

import dev.twofold.Keys;
import dev.twofold.Recorded;
import dev.twofold.View;
import dev.twofold.postgres.OrderEvent.ItemAdded;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// How much has been ordered by order, in a program of which a test knows when it folds.
///
/// @param folding is told the position of each event before it is folded
record QuantityView(String name, LongConsumer folding)
        implements View<OrderEvent, QuantityView.Quantity> {

    record Quantity(int total) {}

    @Override
    public int revision() {
        return 1;
    }

    @Override
    public Class<Quantity> documentType() {
        return Quantity.class;
    }

    @Override
    public Keys keys(OrderEvent event) {
        return event instanceof ItemAdded(String order, _) ? Keys.of(order) : Keys.none();
    }

    @Override
    public @Nullable Quantity fold(
            String key, @Nullable Quantity before, Recorded<OrderEvent> event, Lookup lookup) {
        folding.accept(event.position());
        return event.event() instanceof ItemAdded(_, int quantity)
                ? new Quantity(before == null ? quantity : before.total + quantity)
                : before;
    }
}
