package dev.twofold.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.twofold.EventFeed;
import dev.twofold.Query;
import dev.twofold.postgres.OrderEvent.CustomerRegistered;
import dev.twofold.postgres.OrderEvent.ItemAdded;
import dev.twofold.postgres.OrderEvent.OrderPlaced;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// How much of the time a rebuild takes, by a clock that only its reads and its rests move.
@Timeout(60)
class RebuildPaceTest {
    private static final Duration READ = Duration.ofMillis(10);
    private static final int EVENTS = 20 * BatchSize.FEWEST;

    private static ReadModel model;

    private final Shop shop = new Shop();
    private final AtomicLong now = new AtomicLong();
    private final List<Duration> rests = new ArrayList<>();
    private final TimedFeed feed = new TimedFeed();

    @BeforeAll
    static void createDatabase() {
        model = ReadModel.fresh();
    }

    /// A log each read of which takes as long as another.
    private final class TimedFeed implements EventFeed {
        private final List<Page> full = new ArrayList<>();
        private final Set<Thread> readers = ConcurrentHashMap.newKeySet();

        @Override
        public Page next(Query query, long after, int limit) {
            readers.add(Thread.currentThread());
            now.addAndGet(READ.toNanos());
            Page page = shop.log.next(query, after, limit);
            if (page.more()) {
                full.add(page);
            }
            return page;
        }

        @Override
        public long head() {
            return shop.log.head();
        }
    }

    @Test
    void it_rests_nine_tenths_of_the_time_until_it_has_caught_up() {
        Projections projections = begun("unhurried");
        projections.rebuild("unhurried");

        build("unhurried", rebuilds("unhurried"));

        assertThat(feed.full).hasSizeGreaterThan(2);
        assertThat(feed.readers).containsExactly(Thread.currentThread());
        assertThat(rests).hasSameSizeAs(feed.full).containsOnly(READ.multipliedBy(9));
        assertThat(generation("unhurried")).isEqualTo(2);
    }

    @Test
    void it_keeps_to_another_pace_from_the_next_batch_on() {
        Projections projections = begun("hurried");
        projections.rebuild("hurried");
        Rebuilds rebuilds = rebuilds("hurried");
        rebuilds.turn();
        assertThat(projections.paceRebuild("hurried", 50)).isTrue();
        rebuilds.turn();
        assertThat(projections.paceRebuild("hurried", 1)).isTrue();
        rebuilds.turn();

        assertThat(rests).containsExactly(READ.multipliedBy(9), READ, READ.multipliedBy(99));
        assertThat(projections.list())
                .filteredOn(status -> status.projection().equals("hurried"))
                .filteredOn(status -> status.role().equals("building"))
                .extracting(GenerationStatus::pace)
                .containsExactly(1);
    }

    @Test
    void it_hurries_up_to_a_bound_when_it_loses_ground() {
        Projections projections = begun("losing");
        projections.rebuild("losing");
        Rebuilds rebuilds = rebuilds("losing");

        assertThat(paceAfterHalfAMinute(projections, rebuilds)).isEqualTo(10);
        assertThat(paceAfterHalfAMinute(projections, rebuilds)).isEqualTo(10); // it gains ground
        append(2 * EVENTS);
        assertThat(paceAfterHalfAMinute(projections, rebuilds)).isEqualTo(20);
        assertThat(paceAfterHalfAMinute(projections, rebuilds)).isEqualTo(20);
        append(2 * EVENTS);
        assertThat(paceAfterHalfAMinute(projections, rebuilds)).isEqualTo(40);
        append(2 * EVENTS);
        assertThat(paceAfterHalfAMinute(projections, rebuilds)).isEqualTo(75);
        append(2 * EVENTS);
        assertThat(paceAfterHalfAMinute(projections, rebuilds)).isEqualTo(75);
    }

    private int paceAfterHalfAMinute(Projections projections, Rebuilds rebuilds) {
        now.addAndGet(Duration.ofSeconds(30).toNanos());
        rebuilds.turn();
        return projections.list().stream()
                .filter(status -> status.projection().equals("losing"))
                .filter(status -> status.role().equals("building"))
                .mapToInt(GenerationStatus::pace)
                .findFirst()
                .orElseThrow();
    }

    private void append(int events) {
        for (int event = 0; event < events; event++) {
            shop.record(new ItemAdded("o1", 1));
        }
    }

    @Test
    void partitions_take_turns_with_a_rest_after_each_and_read_each_page_once() {
        Projections projections = begun("divided");
        projections.rebuild("divided", 3);

        rebuilds("divided").turn();

        assertThat(feed.full).hasSize(1);
        assertThat(rests).containsExactly(READ.multipliedBy(9), Duration.ZERO, Duration.ZERO);
    }

    @Test
    void at_full_pace_there_are_no_rests() {
        Projections projections = begun("unresting");
        projections.rebuild("unresting");
        projections.paceRebuild("unresting", 100);
        List<ProjectionRunners<?>> builders = List.of(builder("unresting", shop.log));
        CountDownLatch closed = new CountDownLatch(1);

        build(
                "unresting",
                new Rebuilds(
                        model.dataSource(),
                        builders,
                        2,
                        closed,
                        new Pace(System::nanoTime, rests::add)));

        assertThat(rests).isEmpty();
        assertThat(generation("unresting")).isEqualTo(2);
    }

    /// Each fold goes on only when the other one has begun as well.
    @Test
    void at_full_pace_partitions_are_filled_at_the_same_time() {
        shop.record(new ItemAdded("o1", 1), new ItemAdded("o2", 1));
        assertThat(Partition.number("o1", 2)).isNotEqualTo(Partition.number("o2", 2));
        AtomicReference<LongConsumer> folding = new AtomicReference<>(_ -> {});
        Projection<OrderEvent> projection =
                Projection.of(
                        Shop.TYPES,
                        new ViewTable<>(
                                new QuantityView(
                                        "meeting", position -> folding.get().accept(position)),
                                Shop.CODEC));
        Projections projections =
                new Projections(model.dataSource(), shop.log, List.of(projection));
        projections.catchUp();
        projections.rebuild("meeting", 2);
        projections.paceRebuild("meeting", 100);
        CountDownLatch both = new CountDownLatch(2);
        folding.set(_ -> meet(both));

        try (Rebuilds rebuilds =
                new Rebuilds(
                        model.dataSource(),
                        List.of(builder(projection, shop.log)),
                        2,
                        new CountDownLatch(1),
                        new Pace(System::nanoTime, rests::add))) {
            assertThat(rebuilds.turn()).isTrue();
        }

        assertThat(both.getCount()).isZero();
        assertThat(projections.list())
                .filteredOn(status -> status.projection().equals("meeting"))
                .extracting(GenerationStatus::role, GenerationStatus::position)
                .containsExactly(tuple("serving", 2L), tuple("building", 2L));
        assertThat(projections.parked("meeting")).isEmpty();
    }

    private static void meet(CountDownLatch both) {
        both.countDown();
        try {
            if (!both.await(20, TimeUnit.SECONDS)) {
                throw new IllegalStateException("the other partition is not at work");
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /// By this clock each batch takes hours, so a rest that is not broken off lasts for days.
    @Test
    void closing_does_not_wait_for_a_rest() throws InterruptedException {
        Projections projections = begun("closed");
        projections.rebuild("closed");
        CountDownLatch resting = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        Pace pace =
                new Pace(
                        () -> now.addAndGet(Duration.ofHours(5).toNanos()),
                        time -> {
                            resting.countDown();
                            Rebuilds.rest(closed, time);
                        });
        try (Rebuilds rebuilds =
                new Rebuilds(
                        model.dataSource(),
                        List.of(builder("closed", shop.log)),
                        1,
                        closed,
                        pace)) {
            rebuilds.start();
            resting.await();
        }

        assertThat(projections.cancelRebuild("closed")).isTrue();
    }

    /// Else each process would fill the rests of the others.
    @Test
    void a_partition_that_another_process_has_moved_is_left_to_it() {
        Projections projections = begun("left");
        projections.rebuild("left");
        ProjectionRunner<?> one = builder("left", shop.log).of(0);
        ProjectionRunner<?> two = builder("left", shop.log).of(0);
        assertThat(one.stepGently()).isInstanceOf(Step.Advanced.class);
        assertThat(two.stepGently()).isInstanceOf(Step.Advanced.class);

        assertThat(one.stepGently()).isEqualTo(new Step.Elsewhere());
        assertThat(two.stepGently()).isInstanceOf(Step.Advanced.class);
        assertThat(one.stepGently()).isInstanceOf(Step.Advanced.class);
    }

    @Test
    void a_pace_that_is_none_is_refused_and_one_of_nothing_is_told() {
        Projections projections = begun("paced");

        assertThatThrownBy(() -> projections.paceRebuild("paced", 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a rebuild takes 1 to 100 percent of the time, but 0 were asked for");
        assertThatThrownBy(() -> projections.paceRebuild("paced", 101))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(projections.paceRebuild("paced", 50)).isFalse();
    }

    /// A view that serves a log of some batches.
    private Projections begun(String name) {
        shop.record(new CustomerRegistered("c1", "Ada"), new OrderPlaced("o1", "c1"));
        for (int item = 2; item < EVENTS; item++) {
            shop.record(new ItemAdded("o1", 1));
        }
        Projections projections =
                new Projections(
                        model.dataSource(),
                        shop.log,
                        List.of(Projection.of(Shop.TYPES, Shop.table(name))));
        projections.catchUp();
        return projections;
    }

    private Rebuilds rebuilds(String name) {
        return new Rebuilds(
                model.dataSource(),
                List.of(builder(name, feed)),
                1,
                new CountDownLatch(1),
                new Pace(
                        now::get,
                        time -> {
                            rests.add(time);
                            now.addAndGet(time.toNanos());
                        }));
    }

    private static ProjectionRunners<?> builder(String name, EventFeed feed) {
        return builder(Projection.of(Shop.TYPES, Shop.table(name)), feed);
    }

    private static ProjectionRunners<?> builder(Projection<OrderEvent> projection, EventFeed feed) {
        return new ProjectionRunners<>(
                model.dataSource(),
                feed,
                projection,
                Generations::building,
                new Checkpoints(model.dataSource(), "node", FailurePolicy.STANDARD.attempts()),
                FailurePolicy.STANDARD);
    }

    private static void build(String name, Rebuilds rebuilds) {
        while (generation(name) == 1) {
            rebuilds.turn();
        }
        rebuilds.close();
    }

    private static int generation(String name) {
        return ((ViewAnswer.Found<?>) model.reader(name).find("o1")).generation();
    }
}
