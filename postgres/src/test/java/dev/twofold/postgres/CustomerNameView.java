package dev.twofold.postgres;

import dev.twofold.Keys;
import dev.twofold.Recorded;
import dev.twofold.View;
import dev.twofold.postgres.OrderEvent.CustomerRegistered;
import dev.twofold.postgres.OrderEvent.CustomerRenamed;
import dev.twofold.postgres.OrderEvent.ItemAdded;
import dev.twofold.postgres.OrderEvent.OrderCancelled;
import dev.twofold.postgres.OrderEvent.OrderPlaced;
import org.jspecify.annotations.Nullable;

/// The names that orders are shown with.
///
/// @param poison a name that cannot be folded
record CustomerNameView(String poison) implements View<OrderEvent, CustomerNameView.CustomerName> {

    record CustomerName(String name) {}

    CustomerNameView() {
        this("nobody is called that");
    }

    @Override
    public String name() {
        return "customer-name";
    }

    @Override
    public int revision() {
        return 1;
    }

    @Override
    public Class<CustomerName> documentType() {
        return CustomerName.class;
    }

    @Override
    public Keys keys(OrderEvent event) {
        return switch (event) {
            case CustomerRegistered(String customer, _) -> Keys.of(customer);
            case CustomerRenamed(String customer, _) -> Keys.of(customer);
            case OrderPlaced _, ItemAdded _, OrderCancelled _ -> Keys.none();
        };
    }

    @Override
    public @Nullable CustomerName fold(
            String key,
            @Nullable CustomerName document,
            Recorded<OrderEvent> event,
            Lookup lookup) {
        return switch (event.event()) {
            case CustomerRegistered(_, String name) -> new CustomerName(name);
            case CustomerRenamed(_, String name) -> {
                if (name.equals(poison)) {
                    throw new IllegalStateException("nobody can be called " + name);
                }
                yield new CustomerName(name);
            }
            case OrderPlaced _, ItemAdded _, OrderCancelled _ -> document;
        };
    }
}
