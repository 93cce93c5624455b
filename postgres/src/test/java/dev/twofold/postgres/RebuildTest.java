package dev.twofold.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.twofold.postgres.OrderEvent.CustomerRegistered;
import dev.twofold.postgres.OrderEvent.ItemAdded;
import dev.twofold.postgres.OrderEvent.OrderPlaced;
import dev.twofold.postgres.OrderPageView.OrderPage;
import dev.twofold.postgres.ViewAnswer.Found;
import dev.twofold.postgres.WaitOutcome.Reached;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class RebuildTest {
    private static final Duration LONG = Duration.ofSeconds(60);

    private static ReadModel model;

    private final Shop shop = new Shop();

    @BeforeAll
    static void createDatabase() {
        model = ReadModel.fresh();
    }

    @Test
    void a_new_revision_serves_once_it_has_caught_up() {
        placeOrder();
        projections("renewed", 1).catchUp();
        assertThat(found("renewed")).isEqualTo(new Found<>(page("Ada"), 2, 2, 1));

        Projections newer = projections("renewed", 2);
        newer.catchUp();

        assertThat(found("renewed")).isEqualTo(new Found<>(page("ADA"), 2, 2, 2));
        assertThat(model.query("SELECT document ->> 'customerName' FROM renewed"))
                .containsExactly("ADA");
        assertThat(newer.list())
                .filteredOn(status -> status.projection().equals("renewed"))
                .extracting(
                        GenerationStatus::generation,
                        GenerationStatus::role,
                        GenerationStatus::percent)
                .containsExactly(tuple(1, "retired", 100), tuple(2, "serving", 100));
    }

    @Test
    void the_same_revision_can_be_made_anew() {
        placeOrder();
        Projections projections = projections("repaired", 1);
        projections.catchUp();
        model.execute("UPDATE repaired_1 SET document = jsonb_set(document, '{items}', '99')");

        assertThat(projections.rebuild("repaired")).isEqualTo(2);
        assertThat(projections.rebuild("repaired")).isEqualTo(2);
        long last = shop.record(new ItemAdded("o1", 4));
        projections.catchUp();

        assertThat(found("repaired"))
                .isEqualTo(new Found<>(new OrderPage("c1", "Ada", 1, 4), last, last, 2));
        shop.record(new ItemAdded("o1", 5));
        projections.catchUp();
        assertThat(model.query("SELECT quantity FROM repaired")).containsExactly("9");
    }

    @Test
    void the_generation_before_is_kept_for_a_rollback_and_earlier_ones_are_removed() {
        placeOrder();
        Projections projections = projections("rolled-back", 1);
        for (int generation = 1; generation <= 3; generation++) {
            projections.catchUp();
            projections.rebuild("rolled-back");
        }
        assertThat(projections.cancelRebuild("rolled-back")).isTrue();
        assertThat(projections.cancelRebuild("rolled-back")).isFalse();

        assertThat(projections.rollBack("rolled-back")).hasValue(2);
        assertThat(
                        model.query(
                                """
                                SELECT tablename FROM pg_tables
                                WHERE tablename LIKE 'rolled_back%' ORDER BY tablename
                                """))
                .containsExactly(
                        "rolled_back_2",
                        "rolled_back_2_customer_name",
                        "rolled_back_3",
                        "rolled_back_3_customer_name");
        long last = shop.record(new ItemAdded("o1", 4));
        projections.catchUp();
        assertThat(found("rolled-back"))
                .isEqualTo(new Found<>(new OrderPage("c1", "Ada", 1, 4), last, last, 2));
    }

    @Test
    void a_program_of_an_older_revision_does_not_bring_its_view_back() {
        placeOrder();
        projections("outdated", 2).catchUp();

        assertThatThrownBy(() -> projections("outdated", 1).catchUp())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(
                        "projection \"outdated\" has revision 1 in this process, but revision 2");
    }

    @Test
    void queries_never_fail_or_mix_generations_while_one_replaces_another() throws Exception {
        long placed = placeOrder();
        try (Projections older = projections("unmixed", 1);
                Projections newer = projections("unmixed", 2);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            older.start();
            assertThat(older.await("unmixed", placed, LONG)).isEqualTo(new Reached(placed));
            for (int item = 0; item < 500; item++) {
                shop.record(new ItemAdded("o1", 1));
            }
            Future<Integer> queries =
                    threads.submit(
                            () -> {
                                int asked = 0;
                                while (generation("unmixed") == 1) {
                                    asked++;
                                }
                                return asked;
                            });
            newer.start();

            assertThat(queries.get()).isPositive();
            assertThat(newer.await("unmixed", shop.log.head(), LONG)).isInstanceOf(Reached.class);
        }
    }

    /// The generation that answers, after a look at whether the document is one of its own.
    private int generation(String name) {
        Found<OrderPage> found = found(name);
        String customer = found.document().customerName();
        assertThat(customer).isEqualTo(found.generation() == 1 ? "Ada" : "ADA");
        return found.generation();
    }

    private long placeOrder() {
        return shop.record(new CustomerRegistered("c1", "Ada"), new OrderPlaced("o1", "c1"));
    }

    private static OrderPage page(String customerName) {
        return new OrderPage("c1", customerName, 0, 0);
    }

    private static Found<OrderPage> found(String name) {
        return (Found<OrderPage>) model.reader(name).find("o1");
    }

    private Projections projections(String name, int revision) {
        ViewTable<OrderEvent, OrderPage> table =
                Shop.table(new OrderPageView(name, revision, OrderPageView.POISON));
        return new Projections(
                model.dataSource(), shop.log, List.of(Projection.of(Shop.TYPES, table)));
    }
}
