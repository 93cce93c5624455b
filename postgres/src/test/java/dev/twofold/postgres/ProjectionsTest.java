package dev.twofold.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.Append;
import dev.twofold.AppendOutcome.Appended;
import dev.twofold.EventFeed;
import dev.twofold.Query;
import dev.twofold.postgres.OrderEvent.CustomerRegistered;
import dev.twofold.postgres.OrderEvent.ItemAdded;
import dev.twofold.postgres.OrderEvent.OrderPlaced;
import dev.twofold.postgres.OrderPageView.OrderPage;
import dev.twofold.postgres.ViewAnswer.Behind;
import dev.twofold.postgres.ViewAnswer.Found;
import dev.twofold.postgres.ViewAnswer.Missing;
import dev.twofold.postgres.WaitOutcome.Reached;
import dev.twofold.postgres.WaitOutcome.Stalled;
import dev.twofold.postgres.WaitOutcome.TimedOut;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class ProjectionsTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final Duration SHORT = Duration.ofMillis(20);

    private static ReadModel model;

    private final Shop shop = new Shop();

    @BeforeAll
    static void createDatabase() {
        model = ReadModel.fresh();
    }

    @Test
    void what_was_recorded_is_seen_once_waited_for() throws InterruptedException {
        try (Projections projections = projections(model.dataSource(), "waited-for")) {
            projections.start();
            for (int order = 1; order <= 20; order++) {
                long position =
                        shop.record(
                                new CustomerRegistered("c" + order, "Ada"),
                                new OrderPlaced("o" + order, "c" + order));
                projections.appended(position);

                assertThat(projections.await("waited-for", position, LONG))
                        .isEqualTo(new Reached(position));
                assertThat(model.reader("waited-for").find("o" + order, position))
                        .isInstanceOf(Found.class);
            }
        }
    }

    @Test
    void follows_a_log_in_the_same_database() throws InterruptedException {
        try (PostgresEventStore store = new PostgresEventStore(model.dataSource());
                Projections projections =
                        new Projections(
                                model.dataSource(),
                                store,
                                List.of(Projection.of(Shop.TYPES, Shop.table("followed"))))) {
            store.onGrowth(projections::appended);
            projections.start();
            Append append =
                    Append.of(
                            List.of(
                                    Shop.encode(new CustomerRegistered("c1", "Ada")),
                                    Shop.encode(new OrderPlaced("o1", "c1"))));
            long position = ((Appended) store.append(append)).lastPosition();

            assertThat(projections.await("followed", position, LONG))
                    .isEqualTo(new Reached(position));
            assertThat(model.reader("followed").find("o1", position)).isInstanceOf(Found.class);
        }
    }

    /// A loop that has waited for some seconds does look, so that there may be a few on a machine
    /// that stands still for as long.
    @Test
    void a_batch_up_to_the_end_of_the_log_is_not_followed_by_a_look_in_vain()
            throws InterruptedException {
        int batches = 50;
        AtomicInteger inVain = new AtomicInteger();
        EventFeed counted =
                new EventFeed() {
                    @Override
                    public Page next(Query query, long after, int limit) {
                        Page page = shop.log.next(query, after, limit);
                        if (page.upTo() == after) {
                            inVain.incrementAndGet();
                        }
                        return page;
                    }

                    @Override
                    public long head() {
                        return shop.log.head();
                    }
                };
        try (Projections projections = projections(counted, "looked-at")) {
            projections.start();
            follow("looked-at", projections);
            inVain.set(0);
            for (int batch = 0; batch < batches; batch++) {
                follow("looked-at", projections);
            }
        }
        assertThat(inVain).hasValueLessThan(batches / 10);
    }

    /// Records an event, and waits until it is taken in.
    private void follow(String name, Projections projections) throws InterruptedException {
        long position = shop.record(new ItemAdded("o1", 1));
        projections.appended(position);
        assertThat(projections.await(name, position, LONG)).isEqualTo(new Reached(position));
    }

    @Test
    void what_another_process_recorded_is_found_without_a_signal() throws InterruptedException {
        try (Projections working = projections(model.dataSource(), "unsignalled");
                Projections querying = projections(model.dataSource(), "unsignalled")) {
            working.start();
            long position = shop.record(new CustomerRegistered("c1", "Ada"));

            assertThat(querying.await("unsignalled", position, LONG))
                    .isEqualTo(new Reached(position));
        }
    }

    @Test
    void another_process_takes_over_when_one_closes() throws InterruptedException {
        try (Projections second = projections(model.dataSource(), "taken-over")) {
            try (Projections first = projections(model.dataSource(), "taken-over")) {
                first.start();
                second.start();
                long position = shop.record(new CustomerRegistered("c1", "Ada"));
                assertThat(first.await("taken-over", position, LONG)).isInstanceOf(Reached.class);
            }
            long position = shop.record(new OrderPlaced("o1", "c1"));
            assertThat(second.await("taken-over", position, LONG)).isInstanceOf(Reached.class);
        }
    }

    @Test
    void goes_on_after_its_database_was_out_of_reach() throws InterruptedException {
        shop.recordHistory(50, 3);
        CutConnections cut = new CutConnections(model.dataSource(), 12, true);
        try (Projections projections = projections(cut.dataSource(), "outage")) {
            projections.start();

            assertThat(projections.await("outage", shop.log.head(), LONG))
                    .isInstanceOf(Reached.class);
        }
    }

    @Test
    void a_projection_that_does_not_exist_is_behind() throws InterruptedException {
        try (Projections projections = projections(model.dataSource(), "never-started")) {
            assertThat(projections.await("never-started", 1, SHORT)).isEqualTo(new TimedOut(0));
            assertThat(model.reader("never-started").find("o1")).isEqualTo(new Behind<>(0));
        }
    }

    @Test
    void a_projection_without_its_checkpoint_is_behind() throws InterruptedException {
        shop.record(new CustomerRegistered("c1", "Ada"), new OrderPlaced("o1", "c1"));
        try (Projections projections = projections(model.dataSource(), "no-checkpoint")) {
            projections.catchUp();
            model.execute("DELETE FROM twofold.checkpoint WHERE projection = 'no-checkpoint'");
        }
        try (Projections projections = projections(model.dataSource(), "no-checkpoint")) {
            assertThat(projections.await("no-checkpoint", 1, SHORT)).isEqualTo(new TimedOut(0));
            assertThat(model.reader("no-checkpoint").find("o1")).isEqualTo(new Behind<>(0));
        }
    }

    @Test
    void waiting_ends_with_the_reason_when_a_projection_has_stopped() throws InterruptedException {
        shop.record(new CustomerRegistered("c1", "Ada"), new OrderPlaced("o1", "c1"));
        long poison = shop.append(Shop.stored("item-added", "{}"));
        try (Projections projections = projections(model.dataSource(), "stalled");
                Projections elsewhere = projections(model.dataSource(), "stalled")) {
            projections.catchUp();

            for (Projections each : List.of(projections, elsewhere)) {
                assertThat(each.await("stalled", poison, LONG))
                        .isInstanceOfSatisfying(
                                Stalled.class,
                                stalled -> {
                                    assertThat(stalled.position()).isEqualTo(poison - 1);
                                    assertThat(stalled.reason()).contains("order");
                                });
                assertThat(each.await("stalled", poison - 1, LONG))
                        .isEqualTo(new Reached(poison - 1));
            }
        }
    }

    @Test
    void answers_no_older_than_asked_for() {
        shop.record(new CustomerRegistered("c1", "Ada"), new OrderPlaced("o1", "c1"));
        try (Projections projections = projections(model.dataSource(), "not-before")) {
            projections.catchUp();
        }
        ViewReader<OrderPage> reader = model.reader("not-before");

        assertThat(reader.find("o1", 2)).isInstanceOf(Found.class);
        assertThat(reader.find("o1", 3)).isEqualTo(new Behind<>(2));
        assertThat(reader.find("o2", 2)).isEqualTo(new Missing<>(2, 1));
        assertThat(reader.find("o2", 3)).isEqualTo(new Behind<>(2));
    }

    @Test
    void a_document_and_its_checkpoint_never_differ_for_a_reader() throws Exception {
        int items = 2_000;
        shop.record(new CustomerRegistered("c1", "Ada"), new OrderPlaced("o1", "c1"));
        for (int item = 0; item < items; item++) {
            shop.record(new ItemAdded("o1", 1));
        }
        ViewReader<OrderPage> reader = model.reader("consistent");
        ProjectionRunner<OrderEvent> runner = model.runner(shop.log, "consistent", 7);
        runner.step();

        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Step> end = threads.submit(() -> ReadModel.runToEnd(runner));
            ViewAnswer<OrderPage> answer;
            do {
                answer = reader.find("o1");
                assertThat(answer)
                        .isInstanceOfSatisfying(
                                Found.class,
                                found -> assertThat(found.position()).isEqualTo(found.reached()))
                        .isInstanceOfSatisfying(
                                Found.class,
                                found ->
                                        assertThat(((OrderPage) found.document()).items() + 2L)
                                                .isEqualTo(found.reached()));
            } while (!end.isDone());
            assertThat(end.get()).isEqualTo(new Step.Idle(items + 2));
        }
    }

    @Test
    void a_thousand_waiters_cost_what_one_does() throws Exception {
        shop.record(new CustomerRegistered("c1", "Ada"));
        CutConnections counted = new CutConnections(model.dataSource(), 0, false);
        try (Projections working = projections(model.dataSource(), "popular");
                Projections querying = projections(counted.dataSource(), "popular");
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<WaitOutcome>> waits = new ArrayList<>();
            for (int waiter = 0; waiter < 1_000; waiter++) {
                waits.add(() -> querying.await("popular", 1, LONG));
            }
            Future<?> catchUp = threads.submit(working::catchUp);

            for (Future<WaitOutcome> outcome : threads.invokeAll(waits)) {
                assertThat(outcome.get()).isEqualTo(new Reached(1));
            }
            catchUp.get();
            assertThat(counted.calls()).isLessThan(500);
        }
    }

    private Projections projections(DataSource dataSource, String name) {
        return projections(dataSource, shop.log, name);
    }

    private static Projections projections(EventFeed feed, String name) {
        return projections(model.dataSource(), feed, name);
    }

    private static Projections projections(DataSource dataSource, EventFeed feed, String name) {
        return new Projections(
                dataSource, feed, List.of(Projection.of(Shop.TYPES, Shop.table(name))));
    }
}
