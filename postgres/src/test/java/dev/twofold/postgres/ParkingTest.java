package dev.twofold.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.twofold.postgres.OrderEvent.CustomerRegistered;
import dev.twofold.postgres.OrderEvent.ItemAdded;
import dev.twofold.postgres.OrderEvent.OrderPlaced;
import dev.twofold.postgres.OrderPageView.OrderPage;
import dev.twofold.postgres.ViewAnswer.Behind;
import dev.twofold.postgres.ViewAnswer.Found;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ParkingTest {
    private static final int POISON = OrderPageView.POISON;
    private static final int NONE = -1;

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
                                SELECT key, position, dropped_because FROM twofold.parked_event
                                WHERE projection = 'dropped'
                                """))
                .containsExactly("o1,6,a test order");
    }

    @Test
    void further_failures_stop_the_projection_when_a_thousand_documents_wait() {
        shop.record(new CustomerRegistered("c1", "Ada"), new OrderPlaced("o1", "c1"));
        ReadModel.runToEnd(model.runner(shop.log, "order", 100));
        model.execute(
                """
                INSERT INTO twofold.parked_event (projection, generation, view, key, position)
                SELECT 'order', 1, 'order', 'other-' || n, n FROM generate_series(1, 1000) n
                """);
        shop.record(new ItemAdded("o1", POISON));

        ProjectionRunner<OrderEvent> runner = model.runner(shop.log, "order", 100);
        for (int attempt = 1; attempt <= 5; attempt++) {
            assertThat(runner.step()).isInstanceOf(Step.Stopped.class);
        }
    }

    /// The histories have items of quantity 1 to 9, of which each run fails at one.
    @Test
    void mending_later_ends_as_if_nothing_had_ever_failed() {
        for (long seed = 1; seed <= 9; seed++) {
            Shop busy = new Shop();
            busy.recordHistory(120, seed);
            String name = "mended-" + seed;
            runThroughFailures(busy, name, 4, (int) seed);
            try (Projections mended = projections(busy, name, NONE)) {
                assertThat(mended.parked(name)).as("seed %d", seed).isNotEmpty();
                for (ParkedEvent event : mended.parked(name)) {
                    mended.retry(event);
                }
                assertThat(mended.parked(name)).as("seed %d", seed).isEmpty();
            }
            String flawless = "flawless-" + seed;
            runThroughFailures(busy, flawless, NONE, 100);

            assertThat(documents(name)).as("seed %d", seed).isEqualTo(documents(flawless));
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
        ProjectionRunner<OrderEvent> runner =
                model.runner(shop.log, Shop.table(new OrderPageView(name, 1, poison)), batch);
        ReadModel.runToIdle(runner);
    }

    private Projections projections(String name, int poison) {
        return projections(shop, name, poison);
    }

    private static Projections projections(Shop shop, String name, int poison) {
        ViewTable<OrderEvent, OrderPage> table = Shop.table(new OrderPageView(name, 1, poison));
        return new Projections(
                model.dataSource(), shop.log, List.of(Projection.of(Shop.TYPES, table)));
    }
}
