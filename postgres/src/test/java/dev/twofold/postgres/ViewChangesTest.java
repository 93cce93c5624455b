package dev.twofold.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.postgres.OrderEvent.CustomerRegistered;
import dev.twofold.postgres.OrderEvent.CustomerRenamed;
import dev.twofold.postgres.OrderEvent.ItemAdded;
import dev.twofold.postgres.OrderEvent.OrderPlaced;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ViewChangesTest {
    private static ReadModel model;

    private final Shop shop = new Shop();
    private final List<ViewChanges> told = new ArrayList<>();

    @BeforeAll
    static void createDatabase() {
        model = ReadModel.fresh();
    }

    @Test
    void each_batch_tells_what_it_has_touched() {
        ProjectionRunner<OrderEvent> runner = model.runner(shop.log, "tells", 100);
        runner.onChange(told::add);
        shop.record(
                new CustomerRegistered("c1", "Ada"),
                new OrderPlaced("o1", "c1"),
                new OrderPlaced("o2", "c1"));
        ReadModel.runToEnd(runner);
        shop.record(new ItemAdded("o2", 1));
        ReadModel.runToEnd(runner);
        shop.record(new CustomerRenamed("c1", "Bob"));
        ReadModel.runToEnd(runner);

        assertThat(told)
                .containsExactly(
                        new ViewChanges(1, 0, 3, Set.of("o1", "o2"), true),
                        new ViewChanges(1, 3, 4, Set.of("o2"), true),
                        new ViewChanges(1, 4, 5, Set.of("o1", "o2"), true));
        assertThat(model.reader("tells").standing())
                .isEqualTo(Optional.of(new ViewStanding(1, 5, 5)));
        assertThat(model.reader("unknown").standing()).isEmpty();
    }

    @Test
    void a_document_that_begins_to_wait_is_told() {
        ProjectionRunner<OrderEvent> runner = model.runner(shop.log, "tells-waiting", 100);
        shop.record(new CustomerRegistered("c1", "Ada"), new OrderPlaced("o1", "c1"));
        ReadModel.runToEnd(runner);
        runner.onChange(told::add);
        shop.record(new ItemAdded("o1", OrderPageView.POISON), new ItemAdded("o1", 1));
        ReadModel.runToIdle(runner);

        assertThat(told.getLast().upTo()).isEqualTo(4);
        assertThat(told.getLast().keys()).containsExactly("o1");
    }

    @Test
    void a_listener_that_fails_does_not_stop_the_projection() {
        ProjectionRunner<OrderEvent> runner = model.runner(shop.log, "tells-in-vain", 100);
        runner.onChange(
                _ -> {
                    throw new IllegalStateException("not listening");
                });
        shop.record(new CustomerRegistered("c1", "Ada"), new OrderPlaced("o1", "c1"));
        ReadModel.runToEnd(runner);

        assertThat(model.reader("tells-in-vain").find("o1", 2))
                .isInstanceOf(ViewAnswer.Found.class);
    }
}
