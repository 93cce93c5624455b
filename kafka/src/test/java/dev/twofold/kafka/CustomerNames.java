package dev.twofold.kafka;

import dev.twofold.Keys;
import dev.twofold.Recorded;
import dev.twofold.View;
import dev.twofold.kafka.ShopEvent.CustomerRegistered;
import dev.twofold.kafka.ShopEvent.CustomerRenamed;
import dev.twofold.kafka.ShopEvent.DayEnded;
import dev.twofold.kafka.ShopEvent.ItemAdded;
import dev.twofold.kafka.ShopEvent.OrderPlaced;
import org.jspecify.annotations.Nullable;

/// What customers are called.
record CustomerNames() implements View<ShopEvent, CustomerNames.Name> {
    record Name(String name) {}

    @Override
    public String name() {
        return "customer-name";
    }

    @Override
    public int revision() {
        return 1;
    }

    @Override
    public Class<Name> documentType() {
        return Name.class;
    }

    @Override
    public Keys keys(ShopEvent event) {
        return switch (event) {
            case CustomerRegistered(String customer, _) -> Keys.of(customer);
            case CustomerRenamed(String customer, _) -> Keys.of(customer);
            case OrderPlaced _, ItemAdded _, DayEnded _ -> Keys.none();
        };
    }

    @Override
    public @Nullable Name fold(
            String key, @Nullable Name document, Recorded<ShopEvent> event, Lookup lookup) {
        return switch (event.event()) {
            case CustomerRegistered(_, String name) -> new Name(name);
            case CustomerRenamed(_, String name) -> new Name(name);
            case OrderPlaced _, ItemAdded _, DayEnded _ -> document;
        };
    }
}
