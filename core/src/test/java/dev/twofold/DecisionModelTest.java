package dev.twofold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twofold.CommandOutcome.Accepted;
import dev.twofold.CommandOutcome.Refused;
import dev.twofold.DecisionModel.Facts;
import dev.twofold.Seats.Booked;
import dev.twofold.Seats.Noted;
import dev.twofold.Seats.SeatEvent;
import java.time.Clock;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class DecisionModelTest {
    private final EventTypes<SeatEvent> types = Seats.types();
    private final InMemoryEventStore store = new InMemoryEventStore(Clock.systemUTC());

    private final Projection<Integer, SeatEvent> booked =
            Projection.<Integer, SeatEvent>of(0, Seats.tag("1A"))
                    .on(Booked.class, (count, _) -> count + 1);
    private final Projection<String, SeatEvent> notes =
            Projection.<String, SeatEvent>of("", Seats.tag("2C"))
                    .on(Noted.class, (text, event) -> text + event.text());
    private final Projection<Integer, SeatEvent> everything =
            Projection.<Integer, SeatEvent>of(0).on(SeatEvent.class, (count, _) -> count + 1);

    @Test
    void each_projection_folds_the_events_of_its_own_classes_and_tags() {
        record(
                new Booked("1A", "ann"),
                new Booked("2C", "bob"),
                new Noted("1A", "no"),
                new Noted("2C", "yes"));

        assertThat(
                        decide(
                                facts ->
                                        List.of(
                                                facts.of(booked),
                                                facts.of(notes),
                                                facts.of(everything))))
                .isEqualTo(new Refused<>(List.of(1, "yes", 4), 4));
    }

    @Test
    void the_boundary_is_what_the_projections_fold_together() {
        DecisionModel<SeatEvent, String> model =
                new DecisionModel<>(List.of(booked, notes, booked), _ -> Decision.unchanged());

        assertThat(model.boundary(types))
                .isEqualTo(
                        Query.typeWithTags("seat-booked", Seats.tag("1A"))
                                .or(Query.typeWithTags("seat-noted", Seats.tag("2C"))));
    }

    @Test
    void the_boundary_holds_past_events_that_may_have_become_such() {
        EventTypes<Booked> renamed =
                EventTypes.builder(Booked.class, new RememberingCodec())
                        .event("seat-booked", 2, Booked.class)
                        .past(
                                "seat-taken",
                                1,
                                Taken.class,
                                old -> List.of(new Booked(old.seat, "?")))
                        .tags(event -> Set.of(Seats.tag(event.seat())))
                        .build();
        Projection<Integer, Booked> count =
                Projection.<Integer, Booked>of(0).on(Booked.class, (n, _) -> n + 1);

        assertThat(new DecisionModel<>(List.of(count), _ -> Decision.unchanged()).boundary(renamed))
                .isEqualTo(Query.types("seat-booked", "seat-taken"));
    }

    record Taken(String seat) {}

    @Test
    void a_decision_is_made_again_when_one_of_its_projections_changed() {
        CommandHandler<String, Facts, String> handler =
                DecisionModel.handler(
                        store,
                        types,
                        guest ->
                                new DecisionModel<>(
                                        List.of(booked),
                                        facts -> {
                                            if (facts.of(booked) > 0) {
                                                return Decision.refuse("taken");
                                            }
                                            if (store.head() == 0) {
                                                record(new Noted("1A", "no matter"));
                                                record(new Booked("1A", "bob"));
                                            }
                                            return Decision.accept(new Booked("1A", guest));
                                        }));

        assertThat(handler.handle("ann", Metadata.none())).isEqualTo(new Refused<>("taken", 2));
    }

    @Test
    void a_decision_stands_when_only_something_else_changed() {
        CommandHandler<String, Facts, String> handler =
                DecisionModel.handler(
                        store,
                        types,
                        guest ->
                                new DecisionModel<>(
                                        List.of(booked),
                                        _ -> {
                                            record(new Noted("1A", "no matter"));
                                            record(new Booked("2C", "bob"));
                                            return Decision.accept(new Booked("1A", guest));
                                        }));

        assertThat(handler.handle("ann", Metadata.none())).isInstanceOf(Accepted.class);
        assertThat(store.head()).isEqualTo(3);
    }

    @Test
    void says_so_when_a_projection_is_not_in_the_model() {
        assertThatThrownBy(
                        () ->
                                DecisionModel.<String, SeatEvent, String>handler(
                                                store,
                                                types,
                                                _ ->
                                                        new DecisionModel<>(
                                                                List.of(booked),
                                                                facts ->
                                                                        Decision.refuse(
                                                                                facts.of(notes))))
                                        .handle("ann", Metadata.none()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "the projection is not in the decision model; add it to the projections");
    }

    private CommandOutcome<Facts, List<Object>> decide(Function<Facts, List<Object>> answer) {
        return DecisionModel.<String, SeatEvent, List<Object>>handler(
                        store,
                        types,
                        _ ->
                                new DecisionModel<>(
                                        List.of(booked, notes, everything),
                                        facts -> Decision.refuse(answer.apply(facts))))
                .handle("ann", Metadata.none());
    }

    private void record(SeatEvent... events) {
        store.append(
                Append.of(
                        Stream.of(events)
                                .map(event -> types.encode(event, Metadata.none()))
                                .toList()));
    }
}
