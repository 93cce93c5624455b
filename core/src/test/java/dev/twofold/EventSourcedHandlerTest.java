package dev.twofold;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.AppendOutcome.Overloaded;
import dev.twofold.CommandOutcome.Accepted;
import dev.twofold.CommandOutcome.Contended;
import dev.twofold.CommandOutcome.Refused;
import dev.twofold.CommandOutcome.Repeated;
import dev.twofold.Seats.Book;
import dev.twofold.Seats.BookTwo;
import dev.twofold.Seats.Booked;
import dev.twofold.Seats.Note;
import dev.twofold.Seats.Noted;
import dev.twofold.Seats.Refusal;
import dev.twofold.Seats.Seat;
import dev.twofold.Seats.SeatCommand;
import dev.twofold.Seats.SeatDecider;
import dev.twofold.Seats.SeatEvent;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.junit.jupiter.api.Test;

class EventSourcedHandlerTest {
    private final EventTypes<SeatEvent> types = Seats.types();
    private final WatchedStore store = new WatchedStore();
    private final EventSourcedHandler<SeatCommand, Seat, SeatEvent, Refusal> handler =
            new EventSourcedHandler<>(
                    store, types, new SeatDecider(), command -> Seats.boundary(command.seat()));

    @Test
    void records_what_a_command_leads_to() {
        record(new Booked("2C", "bob"));
        Metadata metadata = Metadata.none().withActor("ann");

        assertThat(handler.handle(new Book("1A", "ann"), metadata))
                .isEqualTo(new Accepted<>(new Seat("ann", 0), 2, 1));
        RecordedEvent recorded = store.log.read(Query.all(), 1, 10).getFirst();
        assertThat(types.decode(recorded)).containsExactly(new Booked("1A", "ann"));
        assertThat(recorded.metadata()).isEqualTo(metadata);
    }

    @Test
    void records_nothing_of_a_refused_command() {
        record(new Booked("1A", "bob"), new Booked("2C", "eve"));

        assertThat(handler.handle(new Book("1A", "ann"), Metadata.none()))
                .isEqualTo(new Refused<>(Refusal.TAKEN, 1));
        assertThat(store.head()).isEqualTo(2);
    }

    @Test
    void records_nothing_when_what_a_command_asks_for_holds_already() {
        record(new Booked("1A", "ann"), new Booked("2C", "eve"));

        assertThat(handler.handle(new Book("1A", "ann"), Metadata.none()))
                .isEqualTo(new Accepted<>(new Seat("ann", 0), 1, 0));
        assertThat(store.head()).isEqualTo(2);
    }

    @Test
    void decides_again_from_the_newer_events_alone_when_another_writer_was_faster() {
        record(new Noted("1A", "window"), new Noted("2C", "aisle"));
        store.beforeAppend(() -> record(new Booked("1A", "bob")));

        assertThat(handler.handle(new Book("1A", "ann"), Metadata.none()))
                .isEqualTo(new Refused<>(Refusal.TAKEN, 3));
        assertThat(store.readsAfter).containsExactly(0L, 1L);
        assertThat(store.head()).isEqualTo(3);
    }

    @Test
    void succeeds_at_a_second_attempt() {
        store.beforeAppend(() -> record(new Noted("1A", "window")));

        assertThat(handler.handle(new Book("1A", "ann"), Metadata.none()))
                .isEqualTo(new Accepted<>(new Seat("ann", 1), 2, 1));
    }

    @Test
    void is_not_disturbed_by_events_outside_its_boundary() {
        store.beforeAppend(() -> record(new Booked("2C", "bob")));

        assertThat(handler.handle(new Book("1A", "ann"), Metadata.none()))
                .isEqualTo(new Accepted<>(new Seat("ann", 0), 2, 1));
        assertThat(store.readsAfter).containsExactly(0L);
    }

    @Test
    void gives_up_when_other_writers_are_faster_each_time() {
        for (int i = 0; i < 20; i++) {
            store.beforeAppend(() -> record(new Noted("1A", "again")));
        }

        assertThat(handler.handle(new Book("1A", "ann"), Metadata.none()))
                .isEqualTo(new Contended<>(10));
        assertThat(store.log.read(Query.types("seat-booked"), 0, 10)).isEmpty();
    }

    @Test
    void passes_on_that_the_store_is_overloaded() {
        store.overloaded = true;

        assertThat(handler.handle(new Book("1A", "ann"), Metadata.none()))
                .isEqualTo(new CommandOutcome.Overloaded<>(Duration.ofSeconds(3)));
    }

    @Test
    void folds_only_those_of_its_events_that_a_later_read_would_find() {
        var accepted = handler.handle(new BookTwo("1A", "1B", "ann"), Metadata.none());

        assertThat(accepted).isEqualTo(new Accepted<>(new Seat("ann", 0), 2, 2));
        assertThat(handler.handle(new Note("1A", "window"), Metadata.none()))
                .isEqualTo(new Accepted<>(new Seat("ann", 1), 3, 1));
        assertThat(handler.state(Seats.boundary("1B")))
                .isEqualTo(new Known<>(new Seat("ann", 0), 2));
    }

    @Test
    void folds_more_events_than_fit_into_one_read() {
        SeatEvent[] notes = new SeatEvent[1_000];
        Arrays.fill(notes, new Noted("1A", "window"));
        record(notes);
        record(notes);
        record(new Noted("1A", "last"));

        assertThat(handler.state(Seats.boundary("1A")))
                .isEqualTo(new Known<>(new Seat(null, 2_001), 2_001));
        assertThat(store.readsAfter).containsExactly(0L, 1_000L, 2_000L);
    }

    @Test
    void reads_nothing_for_a_command_that_expects_nothing() {
        var creating = handler.expectingNothing(Book.class::isInstance);

        assertThat(creating.handle(new Book("1A", "ann"), Metadata.none()))
                .isEqualTo(new Accepted<>(new Seat("ann", 0), 1, 1));
        assertThat(store.readsAfter).isEmpty();
        assertThat(creating.handle(new Book("1A", "bob"), Metadata.none()))
                .isEqualTo(new Refused<>(Refusal.TAKEN, 1));
        assertThat(store.readsAfter).containsExactly(0L);
    }

    @Test
    void starts_from_the_cached_state() {
        ConcurrentMap<Query, Known<Seat>> cache = new ConcurrentHashMap<>();
        var caching = handler.cachingIn(cache);
        caching.handle(new Book("1A", "ann"), Metadata.none());
        store.readsAfter.clear();

        assertThat(caching.handle(new Note("1A", "window"), Metadata.none()))
                .isEqualTo(new Accepted<>(new Seat("ann", 1), 2, 1));
        assertThat(store.readsAfter).isEmpty();
        assertThat(cache)
                .containsExactly(
                        Map.entry(Seats.boundary("1A"), new Known<>(new Seat("ann", 1), 2)));
    }

    @Test
    void catches_up_a_stale_cached_state_by_the_newer_events() {
        var caching = handler.cachingIn(new ConcurrentHashMap<>());
        caching.handle(new Note("1A", "window"), Metadata.none());
        record(new Booked("1A", "bob"));
        store.readsAfter.clear();

        assertThat(caching.handle(new Book("1A", "ann"), Metadata.none()))
                .isEqualTo(new Refused<>(Refusal.TAKEN, 2));
        assertThat(store.readsAfter).containsExactly(1L);
    }

    @Test
    void refuses_nothing_on_a_stale_cached_state() {
        var caching = handler.cachingIn(new ConcurrentHashMap<>());
        caching.handle(new Book("1A", "bob"), Metadata.none());
        record(new Booked("1A", "ann"));
        store.readsAfter.clear();

        assertThat(caching.handle(new Book("1A", "ann"), Metadata.none()))
                .isEqualTo(new Accepted<>(new Seat("ann", 0), 2, 0));
        assertThat(store.readsAfter).containsExactly(1L);
    }

    @Test
    void keeps_the_newer_of_two_states_in_the_cache() {
        ConcurrentMap<Query, Known<Seat>> cache = new ConcurrentHashMap<>();
        var caching = handler.cachingIn(cache);
        cache.put(Seats.boundary("1A"), new Known<>(new Seat("future", 0), 99));

        caching.state(Seats.boundary("1A"));
        record(new Booked("1A", "ann"));
        caching.state(Seats.boundary("1A"));

        assertThat(cache).containsValue(new Known<>(new Seat("future", 0), 99));
    }

    @Test
    void starts_from_a_snapshot_and_leaves_one_after_enough_events() {
        HeldSnapshots held = new HeldSnapshots();
        var snapshotting = handler.snapshottingIn(snapshots(held, 1));
        record(new Noted("1A", "a"), new Noted("1A", "b"));
        snapshotting.state(Seats.boundary("1A"));
        assertThat(held.byBoundary).isEmpty();
        record(new Noted("1A", "c"));
        snapshotting.state(Seats.boundary("1A"));
        assertThat(held.byBoundary.values())
                .containsExactly(
                        new SnapshotStore.Snapshot("seat", 1, Seats.boundary("1A"), 3, "3"));
        record(new Noted("1A", "d"));
        store.readsAfter.clear();

        assertThat(snapshotting.state(Seats.boundary("1A")))
                .isEqualTo(new Known<>(new Seat(null, 4), 4));
        assertThat(store.readsAfter).containsExactly(3L);
    }

    @Test
    void passes_over_a_snapshot_of_another_revision() {
        HeldSnapshots held = new HeldSnapshots();
        record(new Noted("1A", "a"), new Noted("1A", "b"), new Noted("1A", "c"));
        handler.snapshottingIn(snapshots(held, 1)).state(Seats.boundary("1A"));
        store.readsAfter.clear();

        handler.snapshottingIn(snapshots(held, 2)).state(Seats.boundary("1A"));

        assertThat(store.readsAfter).containsExactly(0L);
        assertThat(held.byBoundary.values())
                .extracting(SnapshotStore.Snapshot::revision)
                .containsExactly(2);
    }

    @Test
    void passes_over_a_snapshot_that_cannot_be_read_and_replaces_it_later() {
        HeldSnapshots held = new HeldSnapshots();
        held.save(new SnapshotStore.Snapshot("seat", 1, Seats.boundary("1A"), 2, "two"));
        record(new Noted("1A", "a"), new Noted("1A", "b"), new Noted("1A", "c"));

        assertThat(handler.snapshottingIn(snapshots(held, 1)).state(Seats.boundary("1A")))
                .isEqualTo(new Known<>(new Seat(null, 3), 3));

        assertThat(held.byBoundary.values())
                .containsExactly(
                        new SnapshotStore.Snapshot("seat", 1, Seats.boundary("1A"), 3, "3"));
    }

    @Test
    void has_one_effect_for_one_key() {
        var once = handler.once("request-7", decision -> "answer to " + decision);

        once.handle(new Book("1A", "ann"), Metadata.none());
        assertThat(once.handle(new Note("1A", "window"), Metadata.none()))
                .isEqualTo(
                        new Repeated<>("answer to Accept[events=[Booked[seat=1A, guest=ann]]]", 1));
        assertThat(store.head()).isEqualTo(1);
    }

    @Test
    void remembers_a_refusal_under_its_key() {
        record(new Booked("1A", "bob"));
        var once = handler.once("request-7", decision -> "answer to " + decision);

        assertThat(once.handle(new Book("1A", "ann"), Metadata.none()))
                .isEqualTo(new Refused<>(Refusal.TAKEN, 1));
        assertThat(once.handle(new Book("9Z", "ann"), Metadata.none()))
                .isEqualTo(new Repeated<>("answer to Refuse[reason=TAKEN]", 1));
        assertThat(store.head()).isEqualTo(1);
    }

    private void record(SeatEvent... events) {
        store.log.append(
                Append.of(
                        Arrays.stream(events)
                                .map(event -> types.encode(event, Metadata.none()))
                                .toList()));
    }

    private static Snapshots<Seat> snapshots(SnapshotStore store, int revision) {
        return new Snapshots<>(
                store,
                "seat",
                revision,
                3,
                seat -> Integer.toString(seat.notes()),
                text -> new Seat(null, Integer.parseInt(text)));
    }

    /// Tells from where it was read, and lets another writer in before an append.
    private static final class WatchedStore implements EventStore {
        private final InMemoryEventStore log = new InMemoryEventStore(Clock.systemUTC());
        private final List<Long> readsAfter = new ArrayList<>();
        private final List<Runnable> intruders = new ArrayList<>();
        private boolean overloaded;

        void beforeAppend(Runnable intruder) {
            intruders.add(intruder);
        }

        @Override
        public AppendOutcome append(Append append) {
            if (overloaded) {
                return new Overloaded(Duration.ofSeconds(3));
            }
            if (!intruders.isEmpty()) {
                intruders.removeFirst().run();
            }
            return log.append(append);
        }

        @Override
        public List<RecordedEvent> read(Query query, long after, int limit) {
            readsAfter.add(after);
            return log.read(query, after, limit);
        }

        @Override
        public long head() {
            return log.head();
        }
    }

    private static final class HeldSnapshots implements SnapshotStore {
        private final Map<Query, Snapshot> byBoundary = new HashMap<>();

        @Override
        public Optional<Snapshot> find(String name, Query boundary) {
            return Optional.ofNullable(byBoundary.get(boundary));
        }

        @Override
        public void save(Snapshot snapshot) {
            byBoundary.put(snapshot.boundary(), snapshot);
        }
    }
}
