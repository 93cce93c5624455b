package dev.twofold.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.twofold.Codec;
import dev.twofold.EventStore;
import dev.twofold.EventStoreException;
import dev.twofold.EventTypes;
import dev.twofold.Metadata;
import dev.twofold.Recorded;
import dev.twofold.StreamId;
import dev.twofold.Tag;
import dev.twofold.postgres.OrderEvent.CustomerRegistered;
import dev.twofold.postgres.OrderEvent.CustomerRenamed;
import dev.twofold.postgres.OrderEvent.ItemAdded;
import dev.twofold.postgres.OrderEvent.OrderCancelled;
import dev.twofold.postgres.OrderEvent.OrderPlaced;
import dev.twofold.postgres.WaitOutcome.Reached;
import dev.twofold.postgres.WaitOutcome.Stalled;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SubscriptionTest {
    /// How many streams there are where connections are cut, and events in each.
    private static final int STREAMS = 4;

    private static final int EACH = 8;

    private static final int POISON = 666;
    private static final int NONE = -1;
    private static final Duration AMPLE = Duration.ofSeconds(60);

    private static final EventTypes<ItemAdded> ITEMS = Shop.TYPES.narrow(ItemAdded.class);

    private static final EventTypes<OrderEvent> STREAMED =
            Shop.types().stream(
                            event ->
                                    switch (event) {
                                        case CustomerRegistered(var id, _) -> customer(id);
                                        case CustomerRenamed(var id, _) -> customer(id);
                                        case OrderPlaced(var id, _) -> order(id);
                                        case ItemAdded(var id, _) -> order(id);
                                        case OrderCancelled(var id) -> order(id);
                                    })
                    .tags(
                            event ->
                                    switch (event) {
                                        case CustomerRegistered(var id, _) ->
                                                Set.of(new Tag("customer", id));
                                        case OrderPlaced(_, var id) ->
                                                Set.of(new Tag("customer", id));
                                        default -> Set.of();
                                    })
                    .build();

    private static StreamId customer(String id) {
        return new StreamId("customer", id);
    }

    private static StreamId order(String id) {
        return new StreamId("order", id);
    }

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

    /// The events of other streams are each handed over once, whatever fails around them.
    @Test
    void parks_an_event_that_fails_for_good_with_the_later_ones_of_its_stream() throws Exception {
        record(new ItemAdded("o1", 1), new ItemAdded("o1", POISON), new ItemAdded("o2", 2));
        record(new ItemAdded("o3", POISON), new ItemAdded("o1", 3), new ItemAdded("o2", 4));
        List<String> tried = new ArrayList<>();
        try (Projections projections = failing("parked-mail", POISON, tried)) {
            projections.catchUp();

            List<String> all = new ArrayList<>(List.of("o1:1"));
            all.addAll(Collections.nCopies(6, "o1:666"));
            all.add("o2:2");
            all.addAll(Collections.nCopies(6, "o3:666"));
            all.add("o2:4");
            assertThat(tried).isEqualTo(all);
            assertThat(projections.parked("parked-mail"))
                    .extracting(ParkedEvent::key, ParkedEvent::position, ParkedEvent::attempts)
                    .containsExactly(
                            tuple("order-o1", 2L, 6),
                            tuple("order-o1", 5L, 0),
                            tuple("order-o3", 4L, 6));
            assertThat(projections.parked("parked-mail")).noneMatch(ParkedEvent::retried);
            InspectedEvent first =
                    projections.inspect(projections.parked("parked-mail").getFirst());
            assertThat(first.parked().stack()).contains("no mail for 666");
            assertThat(first.document()).isNull();
            assertThat(projections.await("parked-mail", 6, AMPLE)).isInstanceOf(Reached.class);
            assertThat(projections.await("parked-mail", "order-o1", 6, AMPLE))
                    .isInstanceOf(Stalled.class);
            assertThat(projections.await("parked-mail", "order-o2", 6, AMPLE))
                    .isInstanceOf(Reached.class);
        }
    }

    @Test
    void hands_what_was_handled_between_two_failures_of_a_batch_over_once() {
        record(new ItemAdded("o1", POISON), new ItemAdded("o2", 2), new ItemAdded("o3", POISON));
        List<String> tried = new ArrayList<>();
        ReadModel.runToIdle(model.runner(shop.log, mail("batched-mail", POISON, tried), 100));

        assertThat(Collections.frequency(tried, "o1:666")).isEqualTo(6);
        assertThat(Collections.frequency(tried, "o3:666")).isEqualTo(6);
        assertThat(tried).containsOnlyOnce("o2:2").hasSize(13);
    }

    @Test
    void hands_what_was_parked_over_again_in_its_order_when_it_is_retried() {
        record(new ItemAdded("o1", POISON), new ItemAdded("o1", 2), new ItemAdded("o1", 3));
        try (Projections failing = failing("retried-mail", POISON, new ArrayList<>())) {
            failing.catchUp();
        }
        List<String> tried = new ArrayList<>();
        try (Projections other = failing("retried-mail", 2, tried)) {
            assertThat(other.retry(other.parked("retried-mail").getFirst()))
                    .hasValueSatisfying(
                            next -> {
                                assertThat(next.position()).isEqualTo(2);
                                assertThat(next.attempts()).isEqualTo(1);
                                assertThat(next.retried()).isTrue();
                            });
            assertThat(tried).containsExactly("o1:666", "o1:2");
        }
        try (Projections mended = failing("retried-mail", NONE, tried)) {
            tried.clear();
            record(new ItemAdded("o1", 4));
            mended.catchUp();

            assertThat(tried).containsExactly("o1:2", "o1:3", "o1:4");
            assertThat(mended.parked("retried-mail")).isEmpty();
        }
    }

    @Test
    void hands_all_over_again_that_was_parked_when_asked_to() {
        record(new ItemAdded("o1", POISON), new ItemAdded("o2", POISON), new ItemAdded("o1", 1));
        List<String> tried = new ArrayList<>();
        try (Projections failing = failing("all-mail", POISON, tried)) {
            failing.catchUp();
            assertThat(failing.retryAll("all-mail")).hasSize(3);
        }
        tried.clear();
        try (Projections mended = failing("all-mail", NONE, tried)) {
            assertThat(mended.retryAll("all-mail")).isEmpty();
        }
        assertThat(tried).containsExactlyInAnyOrder("o1:666", "o1:1", "o2:666");
    }

    @Test
    void lets_a_stream_go_on_behind_an_event_that_is_given_up() {
        record(new ItemAdded("o1", POISON), new ItemAdded("o1", 2), new ItemAdded("o1", 3));
        List<String> tried = new ArrayList<>();
        try (Projections projections = failing("dropped-mail", POISON, tried)) {
            projections.catchUp();
            tried.clear();
            List<ParkedEvent> parked = projections.parked("dropped-mail");

            assertThat(projections.drop(parked.get(1), "out of its turn"))
                    .hasValueSatisfying(left -> assertThat(left.position()).isEqualTo(1));
            assertThat(tried).containsExactly("o1:666");
            assertThat(projections.drop(parked.getFirst(), "nobody's")).isEmpty();
            assertThat(tried).containsExactly("o1:666", "o1:3");
            assertThat(projections.dropped("dropped-mail"))
                    .extracting(DroppedEvent::position)
                    .containsExactlyInAnyOrder(1L, 2L);
        }
    }

    @Test
    void stops_when_as_many_streams_wait_as_may() {
        record(new ItemAdded("o1", POISON), new ItemAdded("o2", POISON), new ItemAdded("o3", 1));
        Duration soon = Duration.ofMillis(1);
        List<String> tried = new ArrayList<>();
        Projection<OrderEvent> mail = mail("full-mail", POISON, tried);
        try (Projections projections =
                new Projections(
                        model.dataSource(),
                        shop.log,
                        List.of(mail),
                        1,
                        new FailurePolicy(2, soon, soon, 1))) {
            projections.catchUp();

            assertThat(tried).containsExactly("o1:666", "o1:666", "o2:666", "o2:666");
            assertThat(positions("full-mail")).containsExactly("1");
            assertThat(projections.status().getFirst().reason())
                    .contains("1 documents wait", "position 2");
        }
    }

    /// What a program can hand over, another one may not be able to read.
    @Test
    void keeps_an_event_parked_that_cannot_be_read_when_it_is_retried() {
        record(new ItemAdded("o1", POISON), new ItemAdded("o1", 2));
        try (Projections failing = failing("unread-mail", POISON, new ArrayList<>())) {
            failing.catchUp();
        }
        List<String> tried = new ArrayList<>();
        EventTypes<OrderEvent> unreadable =
                Shop.types(
                                new Codec() {
                                    @Override
                                    public String encode(Object value) {
                                        return Shop.CODEC.encode(value);
                                    }

                                    @Override
                                    public <T> T decode(String json, Class<T> type) {
                                        throw new IllegalArgumentException("no such item");
                                    }
                                })
                        .build();
        try (Projections other =
                new Projections(
                        model.dataSource(),
                        shop.log,
                        List.of(mail("unread-mail", unreadable, NONE, tried)))) {
            ParkedEvent poison = other.parked("unread-mail").getFirst();

            assertThat(other.retry(poison))
                    .hasValueSatisfying(
                            left -> {
                                assertThat(left.position()).isEqualTo(1);
                                assertThat(left.attempts()).isEqualTo(7);
                                assertThat(left.reason()).contains("no such item");
                            });
        }
        assertThat(tried).isEmpty();
    }

    /// Cuts a retry, or the giving up of an event, at its first call to the database, another at
    /// its second, and so on: a stream that has begun to go on does so without anyone asking again.
    @ParameterizedTest
    @CsvSource({"retry, false", "retry, true", "drop, false", "drop, true"})
    void goes_on_with_a_stream_wherever_the_connection_of_a_retry_is_cut(
            String action, boolean afterTheCall) throws Exception {
        boolean drop = action.equals("drop");
        List<String> wanted = drop ? List.of("o1:2", "o1:3") : List.of("o1:666", "o1:2", "o1:3");
        int calls = Integer.MAX_VALUE;
        for (int call = 0; call <= calls; call++) { // the first one is not cut
            String name = "cut-%s-%d".formatted(action, call);
            Shop own = new Shop();
            for (int item : List.of(POISON, 2, 3)) {
                own.append(STREAMED.encode(new ItemAdded("o1", item), Metadata.none()));
            }
            try (Projections failing =
                    new Projections(
                            model.dataSource(),
                            own.log,
                            List.of(mail(name, POISON, new ArrayList<>())))) {
                failing.catchUp();
            }
            CutConnections cut = new CutConnections(model.dataSource(), call, afterTheCall);
            List<String> given = new ArrayList<>();
            Projection<OrderEvent> mended = mail(name, NONE, given);
            Upkeep<OrderEvent> lost = upkeep(cut.dataSource(), own, mended);
            Upkeep<OrderEvent> whole = upkeep(model.dataSource(), own, mended);
            ParkedEvent poison = whole.parked().getFirst();
            if (call == 0) {
                act(lost, poison, drop);
                calls = cut.calls();
            } else {
                assertThatThrownBy(() -> act(lost, poison, drop)).as("call %d", call).isNotNull();
            }
            try (Projections next = new Projections(model.dataSource(), own.log, List.of(mended))) {
                next.catchUp();
                List<ParkedEvent> left = next.parked(name);
                if (!left.isEmpty()) {
                    assertThat(left.getFirst()).as("call %d", call).isEqualTo(poison);
                    act(whole, poison, drop);
                }
                assertThat(next.parked(name)).as("call %d", call).isEmpty();
            }
            assertThat(new ArrayList<>(new LinkedHashSet<>(given)))
                    .as("call %d", call)
                    .isEqualTo(wanted);
            assertThat(given)
                    .as("call %d", call)
                    .isSortedAccordingTo(Comparator.comparingInt(wanted::indexOf));
        }
    }

    private static Upkeep<OrderEvent> upkeep(
            DataSource dataSource, Shop shop, Projection<OrderEvent> projection) {
        return new Upkeep<>(dataSource, shop.log, projection, FailurePolicy.STANDARD);
    }

    private static void act(Upkeep<OrderEvent> upkeep, ParkedEvent event, boolean drop)
            throws SQLException {
        if (drop) {
            upkeep.drop(event, "nobody's");
        } else {
            upkeep.retry(event);
        }
    }

    private static Projection<OrderEvent> mail(String name, int poison, List<String> tried) {
        return mail(name, STREAMED, poison, tried);
    }

    private static Projection<OrderEvent> mail(
            String name, EventTypes<OrderEvent> types, int poison, List<String> tried) {
        return Projection.subscription(
                name,
                types,
                event -> {
                    ItemAdded item = (ItemAdded) event.event();
                    tried.add(item.order() + ":" + item.quantity());
                    if (item.quantity() == poison) {
                        throw new IllegalStateException("no mail for " + poison);
                    }
                });
    }

    private Projections failing(String name, int poison, List<String> tried) {
        return new Projections(model.dataSource(), shop.log, List.of(mail(name, poison, tried)));
    }

    @Test
    void has_nothing_to_make_anew() {
        try (Projections projections = projections()) {
            assertThatThrownBy(() -> projections.rebuild("mail"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("\"mail\" keeps no tables of its own that could be made anew");
        }
    }

    @Test
    void gives_the_events_of_one_category_of_streams_and_moves_past_the_others() {
        record(new CustomerRegistered("c1", "Ada"), new OrderPlaced("o1", "c1"));
        record(new ItemAdded("o1", 1), new CustomerRegistered("c2", "Bob"));
        List<OrderEvent> given = new ArrayList<>();
        subscribe("of-orders", EventFilter.category("order"), event -> given.add(event.event()));

        assertThat(given).containsExactly(new OrderPlaced("o1", "c1"), new ItemAdded("o1", 1));
        assertThat(positions("of-orders")).containsExactly("4");
    }

    @Test
    void gives_the_events_with_a_tag_and_moves_past_the_others() {
        record(new CustomerRegistered("c1", "Ada"), new OrderPlaced("o1", "c1"));
        record(new OrderPlaced("o2", "c2"), new CustomerRegistered("c3", "Cy"));
        List<OrderEvent> given = new ArrayList<>();
        subscribe("tagged", EventFilter.tags(new Tag("customer", "c1")), e -> given.add(e.event()));

        assertThat(given)
                .containsExactly(new CustomerRegistered("c1", "Ada"), new OrderPlaced("o1", "c1"));
        assertThat(positions("tagged")).containsExactly("4");
    }

    @Test
    void a_filter_names_a_category_that_can_be_one() {
        assertThatThrownBy(() -> EventFilter.category("order-1"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a stream's category has no hyphen");
    }

    /// Cuts a run at its first call to the database, another at its second, and so on. The process
    /// that goes on has a handler that knows nothing of the one before: what that is given begins
    /// no later than where the other ended, and nothing is left out from there.
    @ParameterizedTest
    @CsvSource({"1, false", "1, true", "2, false", "2, true"})
    void hands_every_event_over_at_least_once_wherever_the_connection_is_cut(
            int partitions, boolean afterTheCall) {
        CutConnections whole = new CutConnections(model.dataSource(), 0, afterTheCall);
        Map<StreamId, List<Integer>> all = new HashMap<>();
        EventStore log = split("undisturbed", partitions);
        runners(whole.dataSource(), log, "undisturbed", partitions, all)
                .forEach(ReadModel::runToEnd);
        List<Integer> items = IntStream.range(0, EACH).boxed().toList();
        assertThat(all).hasSize(STREAMS);
        assertThat(all.values()).allSatisfy(given -> assertThat(given).isEqualTo(items));

        int mostPassed = 0;
        for (int call = 1; call <= whole.calls(); call++) {
            String name = "cut-at-" + call;
            EventStore own = split(name, partitions);
            CutConnections cut = new CutConnections(model.dataSource(), call, afterTheCall);
            Map<StreamId, List<Integer>> before = new HashMap<>();
            List<ProjectionRunner<OrderEvent>> lost =
                    runners(cut.dataSource(), own, name, partitions, before);
            assertThatThrownBy(() -> lost.forEach(ReadModel::runToEnd))
                    .as("call %d", call)
                    .isInstanceOf(EventStoreException.class);
            Map<StreamId, List<Integer>> after = new HashMap<>();
            runners(model.dataSource(), own, name, partitions, after).forEach(ReadModel::runToIdle);

            int passed = 0;
            for (StreamId stream : all.keySet()) {
                List<Integer> first = before.getOrDefault(stream, List.of());
                List<Integer> next = after.getOrDefault(stream, List.of());
                int from = EACH - next.size();
                assertThat(first).as("call %d", call).isEqualTo(items.subList(0, first.size()));
                assertThat(next).as("call %d", call).isEqualTo(items.subList(from, EACH));
                assertThat(from).as("call %d", call).isLessThanOrEqualTo(first.size());
                passed += from;
            }
            mostPassed = Math.max(mostPassed, passed);
        }
        assertThat(mostPassed).as("events that are not given again").isPositive();
    }

    /// The log of a subscription in partitions, and events that come once it is that.
    private EventStore split(String name, int partitions) {
        Shop own = new Shop();
        if (partitions > 1) {
            try (Projections setup =
                    new Projections(
                            model.dataSource(),
                            own.log,
                            List.of(Projection.subscription(name, STREAMED, _ -> {})))) {
                setup.catchUp();
                setup.repartition(name, partitions);
            }
        }
        for (int item = 0; item < EACH; item++) {
            for (int stream = 0; stream < STREAMS; stream++) {
                own.append(STREAMED.encode(new ItemAdded("o" + stream, item), Metadata.none()));
            }
        }
        return own.log;
    }

    /// What a process runs, with a handler of its own.
    private static List<ProjectionRunner<OrderEvent>> runners(
            DataSource dataSource,
            EventStore log,
            String name,
            int partitions,
            Map<StreamId, List<Integer>> given) {
        Projection<OrderEvent> mail =
                Projection.subscription(
                        name,
                        STREAMED,
                        event ->
                                given.computeIfAbsent(
                                                Objects.requireNonNull(event.stream()),
                                                _ -> new ArrayList<>())
                                        .add(((ItemAdded) event.event()).quantity()));
        ReadModel over = new ReadModel(dataSource);
        return IntStream.range(0, partitions)
                .mapToObj(partition -> over.runner(log, mail, 10, partition))
                .toList();
    }

    /// Two nodes of two threads each, one of which is stopped in between.
    @Test
    void competing_consumers_are_given_each_stream_in_order_and_nothing_is_left_out()
            throws Exception {
        int streams = 7;
        int each = 60;
        Map<StreamId, List<Integer>> given = new ConcurrentHashMap<>();
        Projection<OrderEvent> mail =
                Projection.subscription(
                        "competing",
                        STREAMED,
                        event ->
                                given.computeIfAbsent(
                                                Objects.requireNonNull(event.stream()),
                                                _ -> new CopyOnWriteArrayList<>())
                                        .add(((ItemAdded) event.event()).quantity()));
        Projections first = new Projections(model.dataSource(), shop.log, List.of(mail), 2);
        first.catchUp();
        first.repartition("competing", 4);
        first.start();
        try (Projections second = new Projections(model.dataSource(), shop.log, List.of(mail), 2)) {
            second.start();
            for (int item = 0; item < each; item++) {
                for (int stream = 0; stream < streams; stream++) {
                    record(new ItemAdded("o" + stream, item));
                }
                if (item == each / 2) {
                    first.close();
                }
            }
            assertThat(second.await("competing", shop.log.head(), Duration.ofSeconds(60)))
                    .isInstanceOf(WaitOutcome.Reached.class);
        }
        List<Integer> inOrder = IntStream.range(0, each).boxed().toList();
        assertThat(given).hasSize(streams);
        assertThat(given.values()).allSatisfy(all -> assertThat(all).isEqualTo(inOrder));
    }

    private void record(OrderEvent... events) {
        for (OrderEvent event : events) {
            shop.append(STREAMED.encode(event, Metadata.none()));
        }
    }

    private void subscribe(
            String name, EventFilter filter, Consumer<Recorded<OrderEvent>> handler) {
        Projection<OrderEvent> one = Projection.subscription(name, STREAMED, filter, handler);
        try (Projections projections =
                new Projections(model.dataSource(), shop.log, List.of(one))) {
            projections.catchUp();
        }
    }

    private List<String> positions(String name) {
        return model.query(
                "SELECT position FROM twofold.checkpoint WHERE projection = '%s'".formatted(name));
    }

    private Projections projections() {
        Projection<ItemAdded> mail =
                Projection.subscription(
                        "mail", ITEMS, event -> handled.add(event.event().quantity()));
        return new Projections(model.dataSource(), shop.log, List.of(mail));
    }
}
