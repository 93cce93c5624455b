package dev.twofold.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.twofold.postgres.OrderEvent.CustomerRegistered;
import dev.twofold.postgres.OrderEvent.CustomerRenamed;
import dev.twofold.postgres.OrderEvent.ItemAdded;
import dev.twofold.postgres.OrderEvent.OrderPlaced;
import dev.twofold.postgres.OrderPageView.OrderPage;
import dev.twofold.postgres.ViewAnswer.Behind;
import dev.twofold.postgres.ViewAnswer.Found;
import dev.twofold.postgres.WaitOutcome.Cause;
import dev.twofold.postgres.WaitOutcome.Reached;
import dev.twofold.postgres.WaitOutcome.Stalled;
import dev.twofold.postgres.WaitOutcome.TimedOut;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class ParkingTest {
    private static final int POISON = OrderPageView.POISON;
    private static final int NONE = -1;
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final FailurePolicy QUICK =
            new FailurePolicy(6, Duration.ofMillis(1), Duration.ofMillis(10), 10);

    private static ReadModel model;

    private final Shop shop = new Shop();

    @BeforeAll
    static void createDatabase() {
        model = ReadModel.fresh();
    }

    @Test
    void an_event_that_does_not_fold_stops_only_its_own_document() {
        recordPoison();

        runThroughFailures("own-sequence", POISON, 100);

        assertThat(model.query("SELECT key, quantity FROM own_sequence ORDER BY key"))
                .containsExactly("o1,1", "o2,40");
        try (Projections projections = projections("own-sequence", POISON)) {
            assertThat(projections.parked("own-sequence"))
                    .extracting(ParkedEvent::key, ParkedEvent::position, e -> e.reason() == null)
                    .containsExactly(tuple("o1", 6L, false), tuple("o1", 8L, true));
            assertThat(projections.parked("own-sequence").getFirst())
                    .satisfies(
                            event -> {
                                assertThat(event.view()).isEqualTo("own-sequence");
                                assertThat(event.reason()).contains("nobody orders 666");
                                assertThat(event.stack()).contains("OrderPageView.fold");
                            });
        }
    }

    @Test
    void a_document_with_a_parked_event_is_no_newer_than_that() {
        recordPoison();
        runThroughFailures("as-old", POISON, 100);
        ViewReader<OrderPage> reader = model.reader("as-old");

        assertThat(reader.find("o1", 5)).isInstanceOf(Found.class);
        assertThat(reader.find("o1", 6)).isEqualTo(new Behind<>(5));
        assertThat(reader.find("o2", 8)).isInstanceOf(Found.class);
    }

    @Test
    void parked_events_take_effect_in_order_when_retried_with_a_mended_program() {
        recordPoison();
        runThroughFailures("retried", POISON, 100);

        try (Projections mended = projections("retried", NONE)) {
            ParkedEvent poison = mended.parked("retried").getFirst();
            assertThat(mended.retry(poison)).isEmpty();
            assertThat(mended.parked("retried")).isEmpty();
        }
        assertThat(model.query("SELECT quantity, position FROM retried WHERE key = 'o1'"))
                .containsExactly("669,8");
        assertThat(model.reader("retried").find("o1", 8)).isInstanceOf(Found.class);
    }

    @Test
    void a_retry_that_fails_changes_nothing() {
        recordPoison();
        runThroughFailures("in-vain", POISON, 100);

        try (Projections projections = projections("in-vain", POISON)) {
            List<ParkedEvent> before = projections.parked("in-vain");
            Optional<ParkedEvent> left = projections.retry(before.getFirst());

            assertThat(left).map(ParkedEvent::position).hasValue(6L);
            assertThat(projections.parked("in-vain"))
                    .extracting(ParkedEvent::position)
                    .containsExactly(6L, 8L);
        }
    }

    @Test
    void a_dropped_event_lets_those_behind_it_go_and_is_kept_with_the_reason() {
        recordPoison();
        runThroughFailures("dropped", POISON, 100);

        try (Projections projections = projections("dropped", POISON)) {
            ParkedEvent poison = projections.parked("dropped").getFirst();
            assertThat(projections.drop(poison, "a test order")).isEmpty();
            assertThat(projections.parked("dropped")).isEmpty();
        }
        assertThat(model.query("SELECT quantity FROM dropped WHERE key = 'o1'"))
                .containsExactly("3");
        assertThat(
                        model.query(
                                """
                                SELECT key, position, because FROM twofold.dropped_event
                                WHERE projection = 'dropped'
                                """))
                .containsExactly("o1,6,a test order");
    }

    @Test
    void further_failures_stop_the_projection_when_a_thousand_documents_wait()
            throws InterruptedException {
        shop.record(new CustomerRegistered("c1", "Ada"), new OrderPlaced("o1", "c1"));
        ReadModel.runToEnd(model.runner(shop.log, "order", 100));
        model.execute(
                """
                INSERT INTO twofold.parked_event (projection, generation, view, key, position)
                SELECT 'order', 1, 'order', 'other-' || n, n FROM generate_series(1, 1000) n
                """);
        shop.record(new ItemAdded("o1", POISON));

        ProjectionRunner<OrderEvent> runner = model.runner(shop.log, "order", 100);
        Checkpoints waiting =
                new Checkpoints(model.dataSource(), "waiting", FailurePolicy.STANDARD.attempts());
        for (int attempt = 1; attempt <= 5; attempt++) {
            assertThat(runner.step()).isInstanceOf(Step.Stopped.class);
        }
        assertThat(waiting.await("order", 3, Duration.ofMillis(50))).isEqualTo(new TimedOut(2));
        assertThat(runner.step()).isInstanceOf(Step.Stopped.class);
        for (WaitOutcome outcome :
                List.of(waiting.await("order", 3, LONG), waiting.await("order", "o1", 3, LONG))) {
            assertThat(outcome)
                    .isInstanceOfSatisfying(
                            Stalled.class,
                            stalled -> {
                                assertThat(stalled.position()).isEqualTo(2);
                                assertThat(stalled.reason())
                                        .contains("1,000 documents wait", "position 3", "\"o1\"")
                                        .contains("retry or drop what is set aside");
                            });
        }
    }

    @Test
    void an_event_that_fails_at_first_takes_effect_unasked() throws InterruptedException {
        long last = shop.record(new CustomerRegistered("c1", "Ada"), new ItemAdded("o1", 1));
        AtomicInteger failures = new AtomicInteger(4);
        Projection<OrderEvent> quantities = quantities("transient", failures);
        try (Projections projections =
                new Projections(model.dataSource(), shop.log, List.of(quantities), 4, QUICK)) {
            projections.start();

            assertThat(projections.await("transient", "o1", last, LONG))
                    .isInstanceOf(Reached.class);
            assertThat(model.query("SELECT document FROM transient")).hasSize(1);
            assertThat(projections.parked("transient")).isEmpty();
        }
        assertThat(failures).hasValue(0);
    }

    @Test
    void an_event_is_left_alone_once_it_has_been_tried_often_enough() {
        shop.record(new CustomerRegistered("c1", "Ada"), new ItemAdded("o1", 1));
        AtomicInteger failures = new AtomicInteger(100);
        Projection<OrderEvent> quantities = quantities("bounded", failures);
        try (Projections projections =
                new Projections(model.dataSource(), shop.log, List.of(quantities), 4, QUICK)) {
            projections.catchUp();

            assertThat(projections.parked("bounded"))
                    .extracting(ParkedEvent::attempts, ParkedEvent::retryAt)
                    .containsExactly(tuple(QUICK.attempts(), null));
            projections.catchUp();
        }
        assertThat(failures).hasValue(100 - QUICK.attempts());
    }

    @Test
    void the_pause_before_a_retry_doubles_up_to_the_longest_and_nothing_is_tried_earlier()
            throws SQLException {
        shop.record(new CustomerRegistered("c1", "Ada"), new ItemAdded("o1", 1));
        FailurePolicy hourly = new FailurePolicy(4, Duration.ofHours(1), Duration.ofHours(3), 10);
        AtomicInteger failures = new AtomicInteger(100);
        Projection<OrderEvent> quantities = quantities("hourly", failures);
        Upkeep<OrderEvent> upkeep = new Upkeep<>(model.dataSource(), shop.log, quantities, hourly);
        Instant before = databaseTime();
        ReadModel.runToIdle(model.runner(shop.log, quantities, hourly));

        for (int attempts = 1; attempts <= 3; attempts++) {
            Duration pause = Duration.ofHours(attempts); // 4 hours would be too long
            ParkedEvent parked = upkeep.parked().getFirst();
            assertThat(parked.attempts()).isEqualTo(attempts);
            assertThat(parked.retryAt()).isBetween(before.plus(pause), databaseTime().plus(pause));
            assertThat(upkeep.retryDue(pause.minusMinutes(30))).isFalse();
            assertThat(failures).hasValue(100 - attempts);
            before = databaseTime();
            assertThat(upkeep.retryDue(pause)).isTrue();
        }
        assertThat(upkeep.parked())
                .extracting(ParkedEvent::attempts, ParkedEvent::retryAt)
                .containsExactly(tuple(4, null));
        assertThat(upkeep.retryDue(Duration.ofDays(365))).isFalse();
        assertThat(failures).hasValue(100 - 4);
    }

    @Test
    void a_document_is_waited_for_as_long_as_what_it_waits_for_is_retried()
            throws InterruptedException, SQLException {
        shop.record(
                new CustomerRegistered("c1", "Ada"),
                new CustomerRenamed("c1", "Poison"),
                new OrderPlaced("o1", "c1"));
        long last = shop.record(new ItemAdded("o1", 1));
        FailurePolicy twice = new FailurePolicy(2, Duration.ofHours(1), Duration.ofHours(1), 10);
        Projection<OrderEvent> projection =
                Projection.of(Shop.TYPES, Shop.table(view("outlasted", NONE, "Poison")));
        ReadModel.runToIdle(model.runner(shop.log, projection, twice));
        Upkeep<OrderEvent> upkeep = new Upkeep<>(model.dataSource(), shop.log, projection, twice);
        Checkpoints waiting = new Checkpoints(model.dataSource(), "waiting", twice.attempts());

        assertThat(upkeep.parked()).hasSize(3).allMatch(ParkedEvent::retried);
        assertThat(status(waiting, "outlasted"))
                .extracting(PartitionStatus::parked, PartitionStatus::retried)
                .containsExactly(0L, 3L);
        assertThat(waiting.await("outlasted", "o1", last, Duration.ofMillis(50)))
                .isEqualTo(new TimedOut(2));

        CompletableFuture<WaitOutcome> outcome =
                CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                return waiting.await("outlasted", "o1", last, LONG);
                            } catch (InterruptedException e) {
                                throw new AssertionError(e);
                            }
                        });
        assertThat(upkeep.retryDue(Duration.ofHours(2))).isTrue();

        assertThat(outcome)
                .succeedsWithin(LONG)
                .isInstanceOfSatisfying(
                        Stalled.class,
                        stalled -> {
                            assertThat(stalled.cause()).isEqualTo(Cause.PARKED);
                            assertThat(stalled.position()).isEqualTo(2);
                        });
        assertThat(upkeep.parked()).hasSize(3).noneMatch(ParkedEvent::retried);
        assertThat(status(waiting, "outlasted"))
                .extracting(PartitionStatus::parked, PartitionStatus::retried)
                .containsExactly(3L, 0L);
    }

    private static PartitionStatus status(Checkpoints checkpoints, String projection) {
        return checkpoints.status(0, (_, _, _) -> false).stream()
                .filter(status -> status.projection().equals(projection))
                .findFirst()
                .orElseThrow();
    }

    private static Instant databaseTime() {
        return Instant.parse(
                model.query(
                                """
                                SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC',
                                  'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
                                """)
                        .getFirst());
    }

    @Test
    void a_document_waits_behind_one_that_it_looks_up() {
        shop.record(
                new CustomerRegistered("c1", "Ada"),
                new CustomerRegistered("c2", "Bob"),
                new CustomerRenamed("c1", "Poison"),
                new OrderPlaced("o1", "c1"),
                new OrderPlaced("o2", "c2"),
                new ItemAdded("o1", 1));
        OrderPageView failing = view("behind", NONE, "Poison");
        ReadModel.runToIdle(model.runner(shop.log, Shop.table(failing), 100));

        try (Projections projections = projections(shop, failing)) {
            assertThat(model.query("SELECT key FROM behind")).containsExactly("o2");
            assertThat(projections.parked("behind"))
                    .extracting(ParkedEvent::view, ParkedEvent::key, ParkedEvent::position)
                    .containsExactlyInAnyOrder(
                            tuple("customer-name", "c1", 3L),
                            tuple("behind", "o1", 4L),
                            tuple("behind", "o1", 6L));
        }
        try (Projections mended = projections(shop, view("behind", NONE, ""))) {
            ParkedEvent rename =
                    mended.parked("behind").stream()
                            .filter(e -> e.position() == 3)
                            .findFirst()
                            .orElseThrow();
            assertThat(mended.retry(rename)).isEmpty();

            assertThat(mended.parked("behind")).isEmpty();
            assertThat(model.query("SELECT key, document ->> 'customerName', quantity FROM behind"))
                    .containsExactlyInAnyOrder("o1,Poison,1", "o2,Bob,0");
        }
    }

    @Test
    void a_parked_event_is_shown_with_what_it_does_not_fit() {
        recordPoison();
        runThroughFailures("inspected", POISON, 100);

        try (Projections projections = projections("inspected", POISON)) {
            InspectedEvent event = projections.inspect(projections.parked("inspected").getFirst());

            assertThat(event.stored().type()).isEqualTo("item-added");
            assertThat(event.stored().position()).isEqualTo(6);
            assertThat(event.current()).isEqualTo("ItemAdded[order=o1, quantity=666]");
            assertThat(event.document()).contains("\"quantity\": 1");
        }
    }

    @Test
    void a_dropped_event_stays_dropped_when_the_revision_is_made_anew_and_is_tried_by_the_next() {
        recordPoison();
        runThroughFailures("stays-dropped", POISON, 100);
        try (Projections projections = projections("stays-dropped", POISON)) {
            projections.drop(projections.parked("stays-dropped").getFirst(), "a test order");
            projections.rebuild("stays-dropped");
            projections.catchUp();

            assertThat(projections.parked("stays-dropped")).isEmpty();
            assertThat(projections.dropped("stays-dropped"))
                    .extracting(DroppedEvent::key, DroppedEvent::position, DroppedEvent::because)
                    .containsExactly(tuple("o1", 6L, "a test order"));
            assertThat(model.reader("stays-dropped").find("o1"))
                    .isEqualTo(new Found<>(new OrderPage("c1", "Ada", 2, 3), 8, 8, 2));
        }
        try (Projections mended = projections(shop, new OrderPageView("stays-dropped", 2, NONE))) {
            mended.catchUp();
            assertThat(model.query("SELECT quantity FROM stays_dropped WHERE key = 'o1'"))
                    .containsExactly("669");
        }
    }

    @Test
    void dropping_asks_for_a_reason_and_for_an_event_that_is_set_aside() {
        recordPoison();
        runThroughFailures("careful", POISON, 100);

        try (Projections projections = projections("careful", POISON)) {
            ParkedEvent poison = projections.parked("careful").getFirst();
            assertThatThrownBy(() -> projections.drop(poison, " "))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("say why");
            projections.drop(poison, "a test order");
            assertThatThrownBy(() -> projections.drop(poison, "again"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("position 6 is not set aside");
        }
    }

    /// Orders and names fail, in the partitions that there are; what was set aside is then retried
    /// in any order, by a program that can fold all.
    @Test
    void mending_later_ends_as_if_nothing_had_ever_failed() {
        for (long seed = 1; seed <= 8; seed++) {
            Random random = new Random(seed);
            Shop busy = new Shop();
            busy.recordHistory(120, seed);
            String name = "mended-" + seed;
            int partitions = 1 + random.nextInt(3);
            OrderPageView failing =
                    view(name, 1 + random.nextInt(9), "Name " + random.nextInt(100));
            model.runner(busy.log, Shop.table(failing), 1).step();
            try (Projections projections = projections(busy, failing)) {
                assertThat(projections.repartition(name, partitions)).isTrue();
            }
            for (int partition = 0; partition < partitions; partition++) {
                runThroughFailures(busy, failing, 1 + random.nextInt(20), partition);
            }
            String what = "seed %d in %d partitions".formatted(seed, partitions);
            try (Projections mended = projections(busy, view(name, NONE, ""))) {
                List<ParkedEvent> parked = new ArrayList<>(mended.parked(name));
                assertThat(parked).as(what).isNotEmpty();
                Collections.shuffle(parked, random);
                for (ParkedEvent event : parked) {
                    mended.retry(event);
                }
                assertThat(mended.parked(name)).as(what).isEmpty();
                assertThat(mended.verify(name, 1_000).differences()).as(what).isEmpty();
            }
            String flawless = "flawless-" + seed;
            runThroughFailures(busy, view(flawless, NONE, ""), 100, 0);

            assertThat(documents(name)).as(what).isEqualTo(documents(flawless));
        }
    }

    private static List<String> documents(String name) {
        return model.query(
                "SELECT key, document FROM %s ORDER BY key".formatted(name.replace('-', '_')));
    }

    private void recordPoison() {
        shop.record(
                new CustomerRegistered("c1", "Ada"),
                new OrderPlaced("o1", "c1"),
                new OrderPlaced("o2", "c1"),
                new ItemAdded("o1", 1),
                new ItemAdded("o2", 20),
                new ItemAdded("o1", POISON),
                new ItemAdded("o2", 20),
                new ItemAdded("o1", 2));
    }

    private void runThroughFailures(String name, int poison, int batch) {
        runThroughFailures(shop, name, poison, batch);
    }

    private static void runThroughFailures(Shop shop, String name, int poison, int batch) {
        runThroughFailures(shop, new OrderPageView(name, 1, poison), batch, 0);
    }

    private static void runThroughFailures(
            Shop shop, OrderPageView view, int batch, int partition) {
        Projection<OrderEvent> projection = Projection.of(Shop.TYPES, Shop.table(view));
        ReadModel.runToIdle(model.runner(shop.log, projection, batch, partition));
    }

    private static OrderPageView view(String name, int poison, String poisonedName) {
        return new OrderPageView(name, 1, poison, new CustomerNameView(poisonedName));
    }

    /// The quantities of orders, folded only after so many failures.
    private static Projection<OrderEvent> quantities(String name, AtomicInteger failures) {
        LongConsumer folding =
                _ -> {
                    if (failures.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                        throw new IllegalStateException("not well yet");
                    }
                };
        return Projection.of(
                Shop.TYPES, new ViewTable<>(new QuantityView(name, folding), Shop.CODEC));
    }

    private Projections projections(String name, int poison) {
        return projections(shop, name, poison);
    }

    private static Projections projections(Shop shop, String name, int poison) {
        return projections(shop, new OrderPageView(name, 1, poison));
    }

    private static Projections projections(Shop shop, OrderPageView view) {
        return new Projections(
                model.dataSource(), shop.log, List.of(Projection.of(Shop.TYPES, Shop.table(view))));
    }
}
