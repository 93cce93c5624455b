package dev.twofold.postgres;

import dev.twofold.Keys;
import dev.twofold.Recorded;
import dev.twofold.View;
import dev.twofold.postgres.OrderEvent.ItemAdded;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// How much has been ordered by order, in a program that is not well at first.
///
/// @param failures how often it still fails
record QuantityView(String name, AtomicInteger failures)
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
        if (failures.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            throw new IllegalStateException("not well yet");
        }
        return event.event() instanceof ItemAdded(_, int quantity)
                ? new Quantity(before == null ? quantity : before.total + quantity)
                : before;
    }
}
