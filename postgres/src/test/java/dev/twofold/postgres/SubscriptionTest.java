package dev.twofold.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twofold.EventTypes;
import dev.twofold.postgres.OrderEvent.CustomerRegistered;
import dev.twofold.postgres.OrderEvent.ItemAdded;
import dev.twofold.postgres.OrderEvent.OrderPlaced;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SubscriptionTest {
    private static final EventTypes<ItemAdded> ITEMS = Shop.TYPES.narrow(ItemAdded.class);

    private final ReadModel model = ReadModel.fresh();
    private final Shop shop = new Shop();
    private final List<Integer> handled = new ArrayList<>();

    @Test
    void hands_over_the_events_of_its_types_in_order_and_goes_on_where_it_was() {
        shop.record(new CustomerRegistered("c1", "Ada"), new OrderPlaced("o1", "c1"));
        shop.record(new ItemAdded("o1", 1), new ItemAdded("o1", 2));
        try (Projections projections = projections()) {
            projections.catchUp();
        }
        shop.record(new ItemAdded("o1", 3));
        try (Projections projections = projections()) {
            projections.catchUp();
        }
        assertThat(handled).containsExactly(1, 2, 3);
    }

    @Test
    void hands_an_event_over_again_until_it_is_handled_and_none_after_it_before() {
        shop.record(new ItemAdded("o1", 1), new ItemAdded("o1", 666), new ItemAdded("o1", 3));
        List<Integer> tried = new ArrayList<>();
        Projection<ItemAdded> mail =
                Projection.subscription(
                        "failing-mail",
                        ITEMS,
                        event -> {
                            tried.add(event.event().quantity());
                            if (event.event().quantity() == 666 && tried.size() < 5) {
                                throw new IllegalStateException("the mail server is down");
                            }
                        });
        try (Projections projections =
                new Projections(model.dataSource(), shop.log, List.of(mail))) {
            for (int attempt = 1; attempt <= 4; attempt++) {
                projections.catchUp();
            }
        }
        assertThat(tried).containsExactly(1, 666, 666, 666, 666, 3);
    }

    @Test
    void has_nothing_to_make_anew() {
        try (Projections projections = projections()) {
            assertThatThrownBy(() -> projections.rebuild("mail"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("\"mail\" keeps no tables of its own that could be made anew");
        }
    }

    private Projections projections() {
        Projection<ItemAdded> mail =
                Projection.subscription(
                        "mail", ITEMS, event -> handled.add(event.event().quantity()));
        return new Projections(model.dataSource(), shop.log, List.of(mail));
    }
}
