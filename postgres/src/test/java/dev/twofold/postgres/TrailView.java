package dev.twofold.postgres;

import dev.twofold.Keys;
import dev.twofold.Recorded;
import dev.twofold.View;
import dev.twofold.postgres.OrderEvent.CustomerRegistered;
import dev.twofold.postgres.OrderEvent.CustomerRenamed;
import dev.twofold.postgres.OrderEvent.ItemAdded;
import dev.twofold.postgres.OrderEvent.OrderCancelled;
import dev.twofold.postgres.OrderEvent.OrderPlaced;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Orders with all that has happened to them, in order. A customer who is renamed becomes another
/// one, under whose name later events find the orders.
///
/// @param poisoned the order that does not take [#POISON], and that of [#REFUSED] makes a document
///   that the database does not take
record TrailView(String name, String poisoned) implements View<OrderEvent, TrailView.Trail> {
    static final String POISON = "poison";
    static final String REFUSED = "refused";

    record Trail(String customer, String events) {}

    @Override
    public int revision() {
        return 1;
    }

    @Override
    public Class<Trail> documentType() {
        return Trail.class;
    }

    @Override
    public Keys keys(OrderEvent event) {
        return switch (event) {
            case CustomerRegistered _ -> Keys.none();
            case CustomerRenamed(String customer, _) -> Keys.none().referring(customer);
            case OrderPlaced(String order, _) -> Keys.of(order);
            case ItemAdded(String order, _) -> Keys.of(order);
            case OrderCancelled(String order) -> Keys.of(order);
        };
    }

    @Override
    public @Nullable Trail fold(
            String key, @Nullable Trail trail, Recorded<OrderEvent> event, Lookup lookup) {
        return switch (event.event()) {
            case OrderPlaced(_, String customer) -> then(trail, customer, "placed");
            case OrderCancelled _ -> null;
            case CustomerRenamed(_, String customer) -> {
                if (key.equals(poisoned) && customer.equals(POISON)) {
                    throw new IllegalStateException("this order takes no poison");
                }
                boolean refused = key.equals(poisoned) && customer.equals(REFUSED);
                yield trail == null ? null : then(trail, customer, refused ? "\0" : customer);
            }
            case ItemAdded(_, int quantity) ->
                    trail == null ? null : then(trail, trail.customer, "" + quantity);
            case CustomerRegistered _ -> trail;
        };
    }

    private static Trail then(@Nullable Trail trail, String customer, String event) {
        return new Trail(customer, trail == null ? event : trail.events + " " + event);
    }

    @Override
    public Set<String> references(Trail trail) {
        return Set.of(trail.customer);
    }
}
