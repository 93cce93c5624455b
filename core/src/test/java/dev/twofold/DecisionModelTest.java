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
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
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

    /// How many times a seat was booked and how many notes all seats of a row have, with states
    /// kept between commands.
    private final ConcurrentMap<Projection.Key, Known<?>> cache = new ConcurrentHashMap<>();

    private final ReadCounts reads = new ReadCounts(store);
    private final CommandHandler<Booked, Facts, String> caching =
            DecisionModel.handler(reads, types, DecisionModelTest::bookOnce, cache);

    private static DecisionModel<SeatEvent, String> bookOnce(Booked wanted) {
        Projection<Integer, SeatEvent> times =
                Projection.<Integer, SeatEvent>of(0, Seats.tag(wanted.seat()))
                        .on(Booked.class, (count, _) -> count + 1)
                        .cachedAs("times-booked");
        Projection<Integer, SeatEvent> notes =
                Projection.<Integer, SeatEvent>of(0)
                        .on(Noted.class, (count, _) -> count + 1)
                        .cachedAs("notes");
        return new DecisionModel<>(
                List.of(times, notes),
                facts ->
                        facts.of(times) > facts.of(notes)
                                ? Decision.refuse("booked %d times".formatted(facts.of(times)))
                                : Decision.accept(wanted));
    }

    @Test
    void a_state_in_the_cache_costs_no_read() {
        assertThat(book("1A", "ann")).isEqualTo(1);
        assertThat(reads.after).containsExactly(0L);
        record(new Noted("7F", "row 7"), new Noted("7F", "row 8"));
        assertThat(book("1A", "bob")).isEqualTo(4);
        reads.after.clear();

        assertThat(book("1A", "eve")).isEqualTo(5);

        assertThat(reads.after).isEmpty();
    }

    @Test
    void a_stale_state_costs_one_read_of_the_newer_events() {
        record(new Noted("7F", "one"), new Noted("7F", "two"));
        book("1A", "ann");
        reads.after.clear();
        reads.returned = 0;
        record(new Booked("2C", "no matter"), new Booked("1A", "bob"));

        assertThat(book("1A", "eve")).isEqualTo(6);

        assertThat(reads.after).containsExactly(3L);
        assertThat(reads.returned).isEqualTo(1);
    }

    @Test
    void nothing_is_refused_on_a_stale_state() {
        book("1A", "ann");
        record(new Noted("1A", "room for another"));

        assertThat(book("1A", "bob")).isEqualTo(3);
    }

    @Test
    void a_refusal_on_a_state_in_the_cache_costs_one_read() {
        book("1A", "ann");
        reads.after.clear();

        assertThat(caching.handle(new Booked("1A", "bob"), Metadata.none()))
                .isEqualTo(new Refused<>("booked 1 times", 1));

        assertThat(reads.after).containsExactly(1L);
    }

    @Test
    void models_share_the_states_that_they_have_in_common() {
        record(new Noted("1A", "one"), new Noted("2C", "two"));
        book("1A", "ann");
        reads.after.clear();
        reads.returned = 0;

        book("2C", "bob");

        assertThat(reads.after).containsExactly(0L); // for 2C alone: no note is read again
        assertThat(reads.returned).isZero();
    }

    @Test
    void each_projection_is_checked_after_what_it_has_seen() {
        record(new Noted("1A", "one"));
        book("1A", "ann");
        book("2C", "bob");
        record(new Noted("7F", "two"));
        book("2C", "eve"); // has seen the second note, as 1A has not
        reads.after.clear();

        assertThat(book("1A", "eve")).isEqualTo(6);

        assertThat(reads.after).isEmpty();
    }

    @Test
    void a_state_that_came_to_be_known_elsewhere_is_caught_up_from_there() {
        record(new Noted("1A", "one"));
        book("1A", "ann");
        book("2C", "bob");
        record(new Booked("1A", "eve"), new Noted("7F", "two"));
        book("2C", "eve"); // notes are known up to here, bookings of 1A up to where ann's was

        assertThat(caching.handle(new Booked("1A", "bob"), Metadata.none()))
                .isInstanceOfSatisfying(
                        Accepted.class, accepted -> assertThat(accepted.position()).isEqualTo(7));
        assertThat(caching.handle(new Booked("1A", "bob"), Metadata.none()))
                .isEqualTo(new Refused<>("booked 3 times", 7));
    }

    @Test
    void a_projection_without_a_name_is_not_kept() {
        CommandHandler<String, Facts, String> handler =
                DecisionModel.handler(
                        store,
                        types,
                        guest ->
                                new DecisionModel<>(
                                        List.of(booked),
                                        _ -> Decision.accept(new Booked("1A", guest))),
                        cache);

        handler.handle("ann", Metadata.none());

        assertThat(cache).isEmpty();
    }

    /// The position of the booking.
    private long book(String seat, String guest) {
        return ((Accepted<Facts, String>) caching.handle(new Booked(seat, guest), Metadata.none()))
                .position();
    }

    /// A store that takes note of what is read of it.
    private static final class ReadCounts implements EventStore {
        private final EventStore store;
        private final List<Long> after = new ArrayList<>();
        private int returned;

        private ReadCounts(EventStore store) {
            this.store = store;
        }

        @Override
        public AppendOutcome append(Append append) {
            return store.append(append);
        }

        @Override
        public List<RecordedEvent> read(Query query, long position, int limit) {
            after.add(position);
            List<RecordedEvent> events = store.read(query, position, limit);
            returned += events.size();
            return events;
        }

        @Override
        public long head() {
            return store.head();
        }
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
