package dev.twofold.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.CommandHandler;
import dev.twofold.CommandOutcome;
import dev.twofold.CommandOutcome.Accepted;
import dev.twofold.CommandOutcome.Refused;
import dev.twofold.Decision;
import dev.twofold.DecisionModel;
import dev.twofold.DecisionModel.Facts;
import dev.twofold.EventTypes;
import dev.twofold.Metadata;
import dev.twofold.Projection;
import dev.twofold.Tag;
import dev.twofold.jackson.JacksonCodec;
import dev.twofold.testkit.Race;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A form that is sent twice places one order
/// (<https://dcb.events/examples/prevent-record-duplication/>).
class DoubleSubmissionTest {

    record OrderPlaced(String order, String submission) {}

    record PlaceOrder(String order, String submission) {}

    private static DecisionModel<OrderPlaced, String> place(PlaceOrder command) {
        var submitted =
                Projection.<Boolean, OrderPlaced>of(
                                false, new Tag("submission", command.submission()))
                        .on(OrderPlaced.class, (_, _) -> true);
        return new DecisionModel<>(
                List.of(submitted),
                facts ->
                        facts.of(submitted)
                                ? Decision.refuse("submitted already")
                                : Decision.accept(
                                        new OrderPlaced(command.order(), command.submission())));
    }

    private final EventTypes<OrderPlaced> types =
            EventTypes.builder(OrderPlaced.class, new JacksonCodec())
                    .event("order-placed", 1, OrderPlaced.class)
                    .tags(
                            event ->
                                    Set.of(
                                            new Tag("order", event.order()),
                                            new Tag("submission", event.submission())))
                    .build();
    private final PostgresEventStore store = new PostgresEventStore(Logs.empty().dataSource());
    private final CommandHandler<PlaceOrder, Facts, String> handler =
            DecisionModel.handler(store, types, DoubleSubmissionTest::place);

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void places_one_order_for_one_submission() {
        assertThat(place("1", "s-7")).isInstanceOf(Accepted.class);
        assertThat(place("1", "s-7")).isEqualTo(new Refused<>("submitted already", 1));
        assertThat(place("2", "s-8")).isInstanceOf(Accepted.class);
    }

    @Test
    void places_one_order_however_often_the_form_is_sent_at_once() throws Exception {
        var outcomes = Race.run(8, i -> place("order " + i, "s-7"));

        assertThat(outcomes).filteredOn(Accepted.class::isInstance).hasSize(1);
        assertThat(store.head()).isEqualTo(1);
    }

    private CommandOutcome<Facts, String> place(String order, String submission) {
        return handler.handle(new PlaceOrder(order, submission), Metadata.none());
    }
}
