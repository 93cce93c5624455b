package dev.twofold.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twofold.EventStoreException;
import dev.twofold.postgres.OrderEvent.CustomerRenamed;
import dev.twofold.postgres.OrderEvent.ItemAdded;
import dev.twofold.postgres.OrderEvent.OrderCancelled;
import dev.twofold.postgres.OrderEvent.OrderPlaced;
import dev.twofold.postgres.TrailView.Trail;
import dev.twofold.postgres.ViewAnswer.Behind;
import dev.twofold.postgres.ViewAnswer.Found;
import dev.twofold.postgres.WaitOutcome.Reached;
import dev.twofold.postgres.WaitOutcome.Stalled;
import dev.twofold.postgres.WaitOutcome.TimedOut;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FanOutTest {
    private static final Duration LONG = Duration.ofMinutes(1);
    private static final int NO_LIMIT = 1_000_000;
    private static ReadModel model;

    private final Shop shop = new Shop();

    @BeforeAll
    static void createDatabase() {
        model = ReadModel.fresh();
    }

    @Test
    void events_of_other_documents_are_taken_in_between_two_pieces() {
        ProjectionRunner<OrderEvent> runner = runner("pieces", 2, 100);
        place("big", 6);
        shop.record(new OrderPlaced("other", "small"));
        ReadModel.runToEnd(runner);

        long rename = shop.record(new CustomerRenamed("big", "bigger"));
        assertThat(runner.step()).isEqualTo(new Step.Advanced(rename, 1, true));
        assertThat(renamed("pieces", "bigger")).isZero();

        List<Integer> left = new ArrayList<>();
        int before = renamed("pieces", "bigger");
        for (int i = 1; before < 6; i++) {
            long added = shop.record(new ItemAdded("other", i));
            runner.step();
            runner.step();
            assertThat(reader("pieces").find("other", added)).isInstanceOf(Found.class);
            int now = renamed("pieces", "bigger");
            left.add(now - before);
            before = now;
        }

        assertThat(left).hasSizeGreaterThan(2).allSatisfy(each -> assertThat(each).isBetween(0, 2));
        assertThat(ReadModel.runToEnd(runner)).isInstanceOf(Step.Idle.class);
        assertThat(pending("pieces")).isZero();
    }

    /// Events of all kinds, customers that become others while their orders are renamed, orders
    /// that come to them, go from them and come back meanwhile.
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6})
    void documents_are_as_if_every_event_had_been_folded_at_once(int seed) {
        recordTrails(120, seed);
        ReadModel.runToEnd(runner("at-once-" + seed, NO_LIMIT, 1));
        List<String> atOnce = model.documents("at-once-" + seed);

        for (int most : List.of(0, 1, 3)) {
            for (int batch : List.of(1, 4, 1000)) {
                String name = "pieces-%d-%d-%d".formatted(seed, most, batch);
                ReadModel.runToEnd(runner(name, most, batch));
                assertThat(model.documents(name)).as(name).isEqualTo(atOnce);
                assertThat(pending(name)).as(name).isZero();
            }
        }
    }

    @Test
    void a_history_with_lookups_gives_the_same_documents_too() {
        shop.recordHistory(200, 99);
        ReadModel.runToEnd(model.runner(shop.log, "lookups-at-once", 7));

        for (int batch : List.of(1, 7, 1000)) {
            String name = "lookups-" + batch;
            ReadModel.runToEnd(
                    model.runner(
                            shop.log,
                            new ViewProjection<>(Shop.TYPES, Shop.table(name), 0),
                            batch));
            assertThat(model.documents(name)).isEqualTo(model.documents("lookups-at-once"));
        }
    }

    @Test
    void nobody_is_given_a_document_for_which_an_older_event_is_pending() throws Exception {
        ProjectionRunner<OrderEvent> runner = runner("tokens", 1, 100);
        Checkpoints checkpoints = checkpoints();
        place("big", 3);
        shop.record(new OrderPlaced("other", "small"));
        ReadModel.runToEnd(runner);
        long rename = shop.record(new CustomerRenamed("big", "bigger"));
        runner.step();

        ViewReader<Trail> reader = reader("tokens");
        assertThat(reader.find("o1", rename)).isEqualTo(new Behind<>(rename - 1));
        assertThat(reader.find("o1"))
                .isInstanceOfSatisfying(
                        Found.class, found -> assertThat(found.reached()).isEqualTo(rename - 1));
        assertThat(reader.find("other", rename)).isInstanceOf(Found.class);
        assertThat(reader.standing()).contains(new ViewStanding(1, rename - 1, rename));
        assertThat(checkpoints.await("tokens", "other", rename, LONG))
                .isEqualTo(new Reached(rename));
        assertThat(checkpoints.await("tokens", "o1", rename, Duration.ofMillis(50)))
                .isEqualTo(new TimedOut(rename - 1));
        assertThat(checkpoints.await("tokens", rename, Duration.ofMillis(50)))
                .isEqualTo(new TimedOut(rename - 1));

        FutureTask<WaitOutcome> one =
                new FutureTask<>(() -> checkpoints.await("tokens", "o2", rename, LONG));
        FutureTask<WaitOutcome> all =
                new FutureTask<>(() -> checkpoints.await("tokens", rename, LONG));
        Thread.ofVirtual().start(one);
        Thread.ofVirtual().start(all);
        while (renamed("tokens", "bigger") < 2) {
            runner.step();
        }
        assertThat(one.get()).isEqualTo(new Reached(rename));
        assertThat(all.isDone()).isFalse();
        ReadModel.runToEnd(runner);
        assertThat(all.get()).isEqualTo(new Reached(rename));
        assertThat(reader.find("o3", rename)).isInstanceOf(Found.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {TrailView.POISON, TrailView.REFUSED})
    void a_document_that_an_event_does_not_fit_is_set_aside_alone(String name) {
        String view = "set-aside-" + name;
        ProjectionRunner<OrderEvent> runner = runner(view, 3, 100);
        place("big", 7);
        ReadModel.runToEnd(runner);
        long rename = shop.record(new CustomerRenamed("big", name));
        ReadModel.runToEnd(runner);
        shop.record(new ItemAdded("o5", 5), new ItemAdded("o4", 4));
        ReadModel.runToEnd(runner);

        assertThat(renamed(view, name)).isEqualTo(6);
        assertThat(model.query("SELECT document ->> 'events' FROM %s".formatted(table(view))))
                .contains("placed", "placed %s 4".formatted(name));
        assertThat(
                        model.query(
                                """
                                SELECT key, position - %d FROM twofold.parked_event
                                WHERE projection = '%s' ORDER BY position
                                """
                                        .formatted(rename, view)))
                .containsExactly("o5,0", "o5,1");
        assertThat(reader(view).find("o5", rename)).isEqualTo(new Behind<>(rename - 1));
        assertThat(pending(view)).isZero();
    }

    @Test
    void a_document_that_is_loaded_for_another_event_is_set_aside_by_what_is_pending() {
        ProjectionRunner<OrderEvent> runner = runner("loaded", 1, 100);
        place("big", 7);
        ReadModel.runToEnd(runner);
        long rename = shop.record(new CustomerRenamed("big", TrailView.POISON));
        long added = shop.record(new ItemAdded("o5", 5), new ItemAdded("o6", 6));
        runner.step(); // loads both, so both meet the rename
        ReadModel.runToEnd(runner);

        assertThat(renamed("loaded", TrailView.POISON)).isEqualTo(6);
        assertThat(reader("loaded").find("o5", rename)).isEqualTo(new Behind<>(rename - 1));
        assertThat(reader("loaded").find("o6", added)).isInstanceOf(Found.class);
    }

    @Test
    void a_projection_stops_and_says_so_when_more_would_be_set_aside_than_may() throws Exception {
        Projection<OrderEvent> projection = projection("full", 1);
        FailurePolicy policy = new FailurePolicy(2, Duration.ofMillis(1), Duration.ofMillis(1), 0);
        Checkpoints checkpoints = new Checkpoints(model.dataSource(), "node", policy.attempts());
        ProjectionRunner<OrderEvent> runner =
                new ProjectionRunner<>(
                        model.dataSource(),
                        new LogPages<>(shop.log, projection),
                        projection,
                        Generations::live,
                        0,
                        checkpoints,
                        new BatchSize(100, 100),
                        policy);
        place("big", 7);
        ReadModel.runToEnd(runner);
        long rename = shop.record(new CustomerRenamed("big", TrailView.POISON));
        long added = shop.record(new ItemAdded("o7", 7));
        Step step = ReadModel.runToEnd(runner);

        assertThat(step)
                .isInstanceOfSatisfying(
                        Step.Stopped.class,
                        stopped ->
                                assertThat(stopped.reason())
                                        .contains("position " + rename, "\"o5\"", "retry or drop"));
        runner.step();
        assertThat(checkpoints.await("full", "o7", added + 1, LONG)).isInstanceOf(Stalled.class);
        assertThat(checkpoints.await("full", "o6", rename, LONG))
                .isInstanceOfSatisfying(
                        Stalled.class,
                        stalled -> assertThat(stalled.position()).isEqualTo(rename - 1));
        assertThat(pending("full")).isOne();
    }

    /// Cuts a run at its first call, another at its second, and so on; each goes on in a process
    /// that knows nothing of the one before.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void each_event_takes_effect_once_wherever_the_connection_is_cut(boolean afterTheCall) {
        place("c1", 4);
        shop.record(
                new CustomerRenamed("c1", "c2"),
                new ItemAdded("o2", 1),
                new CustomerRenamed("c2", "c3"),
                new OrderPlaced("o9", "c2"),
                new OrderCancelled("o4"));
        CutConnections whole = new CutConnections(model.dataSource(), 0, afterTheCall);
        String kind = afterTheCall ? "after" : "before";
        ReadModel.runToEnd(runner(new ReadModel(whole.dataSource()), "uncut-" + kind, 1, 3));
        List<String> undisturbed = model.documents("uncut-" + kind);
        ReadModel.runToEnd(runner("at-once-" + kind, NO_LIMIT, 3));
        assertThat(undisturbed).isEqualTo(model.documents("at-once-" + kind));

        for (int call = 1; call <= whole.calls(); call++) {
            String name = "cut-%s-%d".formatted(kind, call);
            CutConnections cut = new CutConnections(model.dataSource(), call, afterTheCall);
            ReadModel cutModel = new ReadModel(cut.dataSource());
            assertThatThrownBy(() -> ReadModel.runToEnd(runner(cutModel, name, 1, 3)))
                    .as("call %d", call)
                    .isInstanceOf(EventStoreException.class);
            ReadModel.runToIdle(runner(name, 1, 3));
            assertThat(model.documents(name)).as("call %d", call).isEqualTo(undisturbed);
            assertThat(pending(name)).as("call %d", call).isZero();
        }
    }

    @Test
    void another_process_goes_on_in_the_middle() {
        recordTrails(100, 77);
        ProjectionRunner<OrderEvent> one = runner("shared", 1, 5);
        ProjectionRunner<OrderEvent> two = runner("shared", 2, 3);
        Random random = new Random(77);
        Step last;
        do {
            last = (random.nextBoolean() ? one : two).step();
        } while (!(last instanceof Step.Idle));
        ReadModel.runToEnd(runner("alone", NO_LIMIT, 5));

        assertThat(model.documents("shared")).isEqualTo(model.documents("alone"));
    }

    @Test
    void keys_are_split_otherwise_in_the_middle() {
        recordTrails(150, 78);
        Projection<OrderEvent> projection = projection("split", 1);
        Generations generations = new Generations(projection);
        ProjectionRunner<OrderEvent> whole = model.runner(shop.log, projection, 10);
        while (pending("split") == 0) {
            whole.step();
        }
        Projections projections =
                new Projections(model.dataSource(), shop.log, List.of(projection));
        assertThat(projections.repartition("split", 3)).isTrue();
        assertThat(pending("split")).isPositive();
        for (int i = 0; i < 3; i++) {
            for (int partition = 0; partition < 3; partition++) {
                model.runner(shop.log, projection, 10, partition).step();
            }
        }
        projections.repartition("split", 2);
        projections.catchUp();
        ReadModel.runToEnd(runner("unsplit", NO_LIMIT, 10));

        assertThat(model.documents("split")).isEqualTo(model.documents("unsplit"));
        assertThat(pending("split")).isZero();
        assertThat(generations.projection()).isSameAs(projection);
    }

    @Test
    void a_new_generation_serves_when_nothing_is_pending_in_it() throws Exception {
        place("big", 5);
        long rename = shop.record(new CustomerRenamed("big", "bigger"));
        Projection<OrderEvent> projection = projection("rebuilt", 1);
        Projections projections =
                new Projections(model.dataSource(), shop.log, List.of(projection));
        projections.catchUp();
        projections.rebuild("rebuilt");
        ProjectionRunner<OrderEvent> builder =
                new ProjectionRunner<>(
                        model.dataSource(),
                        new LogPages<>(shop.log, projection),
                        projection,
                        Generations::building,
                        0,
                        checkpoints(),
                        new BatchSize(5, 5),
                        FailurePolicy.STANDARD);
        builder.step();
        builder.step();
        Generations generations = new Generations(projection);

        assertThat(pending("rebuilt")).isOne();
        ProjectionRunners.Promotion promotion =
                Transaction.run(
                        model.dataSource(), connection -> generations.promote(connection, 2));
        assertThat(promotion).isEqualTo(ProjectionRunners.Promotion.NOT_YET);
        assertThat(projections.verify("rebuilt", 100).different()).isZero();
        assertThat(projections.verify("rebuilt", 100).setAside()).isPositive();
        projections.catchUp();
        assertThat(reader("rebuilt").find("o1", rename))
                .isInstanceOfSatisfying(
                        Found.class, found -> assertThat(found.generation()).isEqualTo(2));
        assertThat(projections.verify("rebuilt", 100).compared()).isEqualTo(5);
    }

    @Test
    void caches_are_told_of_all_documents_that_do_not_reflect_the_event_yet() {
        ProjectionRunner<OrderEvent> runner = runner("told", 10, 100);
        List<ViewChanges> told = new ArrayList<>();
        place("big", 12);
        ReadModel.runToEnd(runner);
        runner.onChange(told::add);
        shop.record(new CustomerRenamed("big", "bigger"));
        ReadModel.runToEnd(runner);

        assertThat(told.getFirst())
                .isEqualTo(
                        new ViewChanges(
                                1,
                                12,
                                13,
                                Set.of(
                                        "o1", "o10", "o11", "o12", "o2", "o3", "o4", "o5", "o6",
                                        "o7", "o8", "o9"),
                                true));
        List<String> pieces = new ArrayList<>();
        for (ViewChanges piece : told.subList(1, told.size())) {
            assertThat(piece.complete()).isFalse();
            pieces.addAll(piece.keys());
        }
        assertThat(pieces).hasSize(12).doesNotHaveDuplicates();
    }

    @Test
    void what_is_pending_is_shown() {
        ProjectionRunner<OrderEvent> runner = runner("shown", 1, 100);
        place("big", 3);
        ReadModel.runToEnd(runner);
        shop.record(new CustomerRenamed("big", "bigger"));
        runner.step();
        Projections projections =
                new Projections(model.dataSource(), shop.log, List.of(projection("shown", 1)));

        assertThat(projections.status())
                .filteredOn(status -> status.projection().equals("shown"))
                .extracting(PartitionStatus::pending)
                .containsExactly(1L);
    }

    private void place(String customer, int orders) {
        for (int order = 1; order <= orders; order++) {
            shop.record(new OrderPlaced("o" + order, customer));
        }
    }

    private void recordTrails(int length, long seed) {
        Random random = new Random(seed);
        place("c0", 8);
        for (int i = 0; i < length; i++) {
            String order = "o" + random.nextInt(12);
            String customer = "c" + random.nextInt(4);
            shop.record(
                    switch (random.nextInt(8)) {
                        case 0 -> new OrderPlaced(order, customer);
                        case 1 -> new OrderCancelled(order);
                        case 2, 3, 4 -> new CustomerRenamed(customer, "c" + random.nextInt(4));
                        default -> new ItemAdded(order, i);
                    });
        }
    }

    private static Projection<OrderEvent> projection(String name, int most) {
        return new ViewProjection<>(Shop.TYPES, trails(name), most);
    }

    private static ViewTable<OrderEvent, Trail> trails(String name) {
        return new ViewTable<>(new TrailView(name, "o5"), Shop.CODEC);
    }

    private ProjectionRunner<OrderEvent> runner(String name, int most, int batch) {
        return runner(model, name, most, batch);
    }

    private ProjectionRunner<OrderEvent> runner(ReadModel over, String name, int most, int batch) {
        return over.runner(shop.log, projection(name, most), batch);
    }

    private static ViewReader<Trail> reader(String name) {
        return new ViewReader<>(model.dataSource(), trails(name));
    }

    private static Checkpoints checkpoints() {
        return new Checkpoints(model.dataSource(), "waiting", FailurePolicy.STANDARD.attempts());
    }

    private static String table(String name) {
        return name.replace('-', '_');
    }

    private static int renamed(String name, String customer) {
        return number(
                "SELECT count(*) FROM %s WHERE document ->> 'customer' = '%s'"
                        .formatted(table(name), customer));
    }

    private static int pending(String name) {
        return number(
                "SELECT count(*) FROM twofold.fan_out WHERE projection = '%s'".formatted(name));
    }

    private static int number(String sql) {
        return Integer.parseInt(model.query(sql).getFirst());
    }
}
