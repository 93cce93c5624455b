package dev.twofold.kafka;

import dev.twofold.Keys;
import dev.twofold.Recorded;
import dev.twofold.View;
import dev.twofold.kafka.ShopEvent.CustomerRegistered;
import dev.twofold.kafka.ShopEvent.CustomerRenamed;
import dev.twofold.kafka.ShopEvent.DayEnded;
import dev.twofold.kafka.ShopEvent.ItemAdded;
import dev.twofold.kafka.ShopEvent.OrderPlaced;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Orders with the name that their customer had when they were placed: what comes of a stream
/// depends on where events of another one lie between its own.
record OrderPages() implements View<ShopEvent, OrderPages.OrderPage> {
    private static final CustomerNames NAMES = new CustomerNames();

    record OrderPage(String customerThen, int items, int quantity, long lastVersion) {}

    @Override
    public String name() {
        return "order-page";
    }

    @Override
    public int revision() {
        return 1;
    }

    @Override
    public Class<OrderPage> documentType() {
        return OrderPage.class;
    }

    @Override
    public List<View<ShopEvent, ?>> lookups() {
        return List.of(NAMES);
    }

    @Override
    public Keys keys(ShopEvent event) {
        return switch (event) {
            case OrderPlaced(String order, String customer) ->
                    Keys.of(order).reading(NAMES, customer);
            case ItemAdded(String order, _) -> Keys.of(order);
            case CustomerRegistered _, CustomerRenamed _, DayEnded _ -> Keys.none();
        };
    }

    @Override
    public @Nullable OrderPage fold(
            String key, @Nullable OrderPage page, Recorded<ShopEvent> event, Lookup lookup) {
        return switch (event.event()) {
            case OrderPlaced(_, String customer) ->
                    new OrderPage(
                            lookup.find(NAMES, customer).orElseThrow().name(),
                            page == null ? 0 : page.items,
                            page == null ? 0 : page.quantity,
                            event.version());
            case ItemAdded(_, int quantity) ->
                    new OrderPage(
                            page == null ? "?" : page.customerThen,
                            page == null ? 1 : page.items + 1,
                            page == null ? quantity : page.quantity + quantity,
                            event.version());
            case CustomerRegistered _, CustomerRenamed _, DayEnded _ -> page;
        };
    }
}
