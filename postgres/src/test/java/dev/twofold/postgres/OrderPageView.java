package dev.twofold.postgres;

import dev.twofold.Keys;
import dev.twofold.Recorded;
import dev.twofold.View;
import dev.twofold.postgres.OrderEvent.CustomerRegistered;
import dev.twofold.postgres.OrderEvent.CustomerRenamed;
import dev.twofold.postgres.OrderEvent.ItemAdded;
import dev.twofold.postgres.OrderEvent.OrderCancelled;
import dev.twofold.postgres.OrderEvent.OrderPlaced;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Orders as their customers see them; a cancelled one is gone. Later revisions than the first
/// shout the names of those who order.
///
/// @param poison the quantity of an item that cannot be folded
record OrderPageView(String name, int revision, int poison, CustomerNameView names)
        implements View<OrderEvent, OrderPageView.OrderPage> {
    static final int POISON = 666;

    OrderPageView(String name, int revision, int poison) {
        this(name, revision, poison, new CustomerNameView());
    }

    record OrderPage(String customer, String customerName, int items, int quantity) {
        OrderPage add(int more) {
            return new OrderPage(customer, customerName, items + 1, quantity + more);
        }
    }

    @Override
    public Class<OrderPage> documentType() {
        return OrderPage.class;
    }

    @Override
    public List<View<OrderEvent, ?>> lookups() {
        return List.of(names);
    }

    @Override
    public Keys keys(OrderEvent event) {
        return switch (event) {
            case CustomerRegistered _ -> Keys.none();
            case CustomerRenamed(String customer, _) ->
                    Keys.none().referring("customer:" + customer);
            case OrderPlaced(String order, String customer) ->
                    Keys.of(order).reading(names, customer);
            case ItemAdded(String order, _) -> Keys.of(order);
            case OrderCancelled(String order) -> Keys.of(order);
        };
    }

    @Override
    public @Nullable OrderPage fold(
            String key, @Nullable OrderPage page, Recorded<OrderEvent> event, Lookup lookup) {
        return switch (event.event()) {
            case CustomerRegistered _ -> page;
            case CustomerRenamed(_, String name) ->
                    page == null
                            ? null
                            : new OrderPage(page.customer, name, page.items, page.quantity);
            case OrderPlaced(_, String customer) -> {
                String name = lookup.find(names, customer).orElseThrow().name();
                yield new OrderPage(customer, revision == 1 ? name : shout(name), 0, 0);
            }
            case ItemAdded(_, int quantity) -> {
                if (quantity == poison) {
                    throw new IllegalStateException("nobody orders " + quantity + " of anything");
                }
                yield page == null ? null : page.add(quantity);
            }
            case OrderCancelled _ -> null;
        };
    }

    @Override
    public Set<String> references(OrderPage page) {
        return Set.of("customer:" + page.customer);
    }

    private static String shout(String name) {
        return name.toUpperCase(Locale.ROOT);
    }
}
