package dev.twofold.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import dev.twofold.EventStoreException;
import dev.twofold.postgres.OrderEvent.CustomerRegistered;
import dev.twofold.postgres.OrderEvent.ItemAdded;
import dev.twofold.postgres.OrderEvent.OrderPlaced;
import dev.twofold.postgres.OrderPageView.OrderPage;
import dev.twofold.postgres.Verification.Difference;
import dev.twofold.postgres.ViewAnswer.Behind;
import dev.twofold.postgres.ViewAnswer.Found;
import dev.twofold.postgres.ViewAnswer.Missing;
import dev.twofold.postgres.WaitOutcome.Reached;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class RebuildTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final int POISON = OrderPageView.POISON;

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
    void what_is_looked_up_is_that_of_the_generation_that_serves() {
        placeOrder();
        projections("looking", 1).catchUp();
        model.execute("UPDATE looking_1_customer_name SET document = '{\"name\": \"Old\"}'");
        assertThat(model.query("SELECT document ->> 'name' FROM looking__customer_name"))
                .containsExactly("Old");

        Projections newer = projections("looking", 2);
        newer.catchUp();
        assertThat(model.query("SELECT document ->> 'name' FROM looking__customer_name"))
                .containsExactly("Ada");

        newer.rollBack("looking");
        assertThat(model.query("SELECT document ->> 'name' FROM looking__customer_name"))
                .containsExactly("Old");
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

    /// Every event adds to one order, so that a document tells at which position it was made.
    @Test
    void readers_see_no_error_no_mixture_and_no_step_back_by_token() throws Exception {
        long placed = placeOrder();
        try (Projections projections = projections("hammered", 1);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            projections.start();
            assertThat(projections.await("hammered", placed, LONG)).isInstanceOf(Reached.class);
            AtomicBoolean done = new AtomicBoolean();
            List<Future<Integer>> readers = new ArrayList<>();
            for (int reader = 0; reader < 3; reader++) {
                readers.add(threads.submit(() -> hammer("hammered", projections, done)));
            }
            Future<Boolean> writer =
                    threads.submit(
                            () -> {
                                write("hammered", projections, done);
                                return true;
                            });

            projections.rebuild("hammered", 3);
            awaitServing("hammered", 2);
            assertThat(projections.rollBack("hammered")).hasValue(1);
            assertThat(projections.rollBack("hammered")).hasValue(2);
            projections.rebuild("hammered");
            awaitServing("hammered", 3);
            done.set(true);

            writer.get();
            for (Future<Integer> reader : readers) {
                assertThat(reader.get()).isPositive();
            }
            assertThat(projections.await("hammered", shop.log.head(), LONG))
                    .isInstanceOf(Reached.class);
            assertThat(projections.verify("hammered", 100).differences()).isEmpty();
        }
    }

    /// Asks with what it saw last as the token, and waits if it is told to; how often it was
    /// answered.
    private static int hammer(String name, Projections projections, AtomicBoolean done)
            throws InterruptedException {
        ViewReader<OrderPage> reader = model.reader(name);
        int answers = 0;
        long token = 2;
        while (!done.get()) {
            switch (reader.find("o1", token)) {
                case Found<OrderPage>(OrderPage page, long position, long reached, _) -> {
                    assertThat(reached).isGreaterThanOrEqualTo(token);
                    assertThat(page.items() + 2L).isEqualTo(position).isEqualTo(reached);
                    token = reached;
                    answers++;
                }
                case Behind<OrderPage> _ -> projections.await(name, "o1", token, LONG);
                case Missing<OrderPage> missing -> throw new AssertionError(missing);
            }
        }
        return answers;
    }

    /// Adds to the order as fast as the projection can follow.
    private void write(String name, Projections projections, AtomicBoolean done)
            throws InterruptedException {
        while (!done.get()) {
            long position = shop.record(new ItemAdded("o1", 1));
            projections.appended(position);
            projections.await(name, position, LONG);
        }
    }

    private static void awaitServing(String name, int generation) {
        await().atMost(LONG).until(() -> found(name).generation() == generation);
    }

    @Test
    void a_switch_keeps_grants_comments_and_what_depends_on_the_view() {
        placeOrder();
        projections("granted", 1).catchUp();
        model.execute(
                """
                CREATE ROLE analyst;
                GRANT SELECT ON granted TO analyst WITH GRANT OPTION;
                COMMENT ON VIEW granted IS 'orders by customer';
                CREATE VIEW names AS SELECT document ->> 'customerName' AS name FROM granted;
                """);

        projections("granted", 2).catchUp();

        assertThat(model.query("SELECT name FROM names")).containsExactly("ADA");
        assertThat(grants("granted")).contains("analyst=r*/");
        assertThat(model.query("SELECT obj_description('granted'::regclass, 'pg_class')"))
                .containsExactly("orders by customer");
    }

    @Test
    void a_switch_to_other_columns_keeps_grants_and_is_refused_if_something_depends_on_them() {
        placeOrder();
        projections("reshaped", 1).catchUp();
        model.execute(
                """
                CREATE ROLE reporter;
                GRANT SELECT ON reshaped TO reporter;
                GRANT UPDATE (key) ON reshaped TO reporter;
                COMMENT ON VIEW reshaped IS 'orders';
                CREATE VIEW quantities AS SELECT quantity FROM reshaped;
                """);
        ViewTable<OrderEvent, OrderPage> plain =
                new ViewTable<>(new OrderPageView("reshaped", 2, POISON), Shop.CODEC);
        Projections newer =
                new Projections(
                        model.dataSource(), shop.log, List.of(Projection.of(Shop.TYPES, plain)));

        newer.catchUp();
        assertThat(found("reshaped").generation()).isEqualTo(1);
        model.execute("DROP VIEW quantities");
        newer.catchUp();

        assertThat(found("reshaped").generation()).isEqualTo(2);
        assertThat(grants("reshaped")).contains("reporter=r/");
        assertThat(
                        model.query(
                                """
                                SELECT attacl FROM pg_attribute
                                WHERE attrelid = 'reshaped'::regclass AND attname = 'key'
                                """))
                .singleElement()
                .asString()
                .contains("reporter=w/");
        assertThat(model.query("SELECT obj_description('reshaped'::regclass, 'pg_class')"))
                .containsExactly("orders");
        newer.close();
    }

    private static String grants(String view) {
        return model.query("SELECT relacl FROM pg_class WHERE oid = '%s'::regclass".formatted(view))
                .getFirst();
    }

    @Test
    void a_document_that_is_wrong_missing_or_too_many_is_told() {
        shop.recordHistory(200, 5);
        shop.record(new OrderPlaced("o1", "c1"), new OrderPlaced("o2", "c2"));
        Projections projections = projections("verified", 1);
        projections.catchUp();
        projections.repartition("verified", 2);
        Verification sound = projections.verify("verified", 1_000);
        assertThat(sound.differences()).isEmpty();
        assertThat(sound.compared()).isGreaterThanOrEqualTo(sound.documents());
        String wrong = model.query("SELECT min(key) FROM verified").getFirst();
        String missing = model.query("SELECT max(key) FROM verified").getFirst();
        model.execute(
                """
                UPDATE verified_1 SET document = jsonb_set(document, '{items}', '99') WHERE key = '%s';
                DELETE FROM verified_1 WHERE key = '%s';
                INSERT INTO verified_1 (key, document, refs, position)
                SELECT 'ghost', document, refs, position FROM verified_1 LIMIT 1;
                UPDATE verified_1_customer_name_1 SET position = position - 1 WHERE key = 'c1';
                """
                        .formatted(wrong, missing));

        Verification unsound = projections.verify("verified", 1_000);

        assertThat(unsound.holds()).isFalse();
        assertThat(unsound.differences())
                .extracting(Difference::view, Difference::key, Difference::what)
                .containsExactlyInAnyOrder(
                        tuple("verified", wrong, "document"),
                        tuple("verified", missing, "document"),
                        tuple("verified", "ghost", "document"),
                        tuple("customer-name", "c1", "position"));

        assertThat(projections.repair("verified", wrong).changed()).isTrue();
        assertThat(projections.repair("verified", missing).before()).isNull();
        assertThat(projections.repair("verified", "ghost").after()).isNull();
        assertThat(projections.repair("verified", wrong).changed()).isFalse();
        assertThat(projections.verify("verified", 1_000).differences()).hasSize(1);
        projections.close();
    }

    @Test
    void verifying_counts_the_documents_of_what_is_being_built_beside_those_that_are_served() {
        shop.recordHistory(60, 7);
        try (Projections projections = projections("counted", 1)) {
            projections.catchUp();
            int served = model.query("SELECT key FROM counted").size();
            projections.rebuild("counted");

            assertThat(projections.verify("counted", 100))
                    .extracting(
                            Verification::generation,
                            Verification::documents,
                            Verification::documentsServed)
                    .containsExactly(2, 0L, (long) served);
            projections.catchUp();
            assertThat(projections.verify("counted", 100))
                    .extracting(
                            Verification::generation,
                            Verification::documents,
                            Verification::documentsServed)
                    .containsExactly(2, (long) served, (long) served);
        }
    }

    @Test
    void a_sample_has_the_same_keys_here_and_in_the_database() {
        model.execute(
                """
                CREATE TABLE keys AS
                SELECT chr(65 + n % 26) || 'é' || n AS key FROM generate_series(1, 2000) n
                """);
        KeySample sample = KeySample.of(200, 2_000);

        assertThat(
                        model.query(
                                "SELECT key FROM keys WHERE "
                                        + KeySample.CONDITION.replace("?", "" + sample.oneIn())))
                .containsExactlyInAnyOrderElementsOf(
                        model.query("SELECT key FROM keys").stream()
                                .filter(sample::contains)
                                .toList())
                .hasSizeBetween(100, 300);
    }

    @Test
    void a_document_is_repaired_while_its_projection_goes_on() throws Exception {
        long placed = placeOrder();
        try (Projections projections = projections("busy-repair", 1);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            projections.start();
            projections.await("busy-repair", placed, LONG);
            AtomicBoolean done = new AtomicBoolean();
            Future<Boolean> writer =
                    threads.submit(
                            () -> {
                                write("busy-repair", projections, done);
                                return true;
                            });
            for (int repair = 0; repair < 10; repair++) {
                model.execute(
                        """
                        UPDATE busy_repair_1 SET document = jsonb_set(document, '{items}', '-1000000')
                        """);
                projections.repair("busy-repair", "o1");
            }
            done.set(true);
            writer.get();
            long head = shop.log.head();
            assertThat(projections.await("busy-repair", head, LONG)).isInstanceOf(Reached.class);

            int items = (int) head - 2;
            assertThat(found("busy-repair").document())
                    .isEqualTo(new OrderPage("c1", "Ada", items, items));
        }
    }

    /// Cuts a rebuild at its first call, another at its second, and so on; another process goes on.
    @Test
    void a_rebuild_goes_on_wherever_its_process_was_killed() {
        shop.recordHistory(60, 6);
        projections("resumed", 1).catchUp();
        List<String> expected = model.query("SELECT key, document FROM resumed ORDER BY key");
        CutConnections whole = new CutConnections(model.dataSource(), 0, false);
        projections("resumed", 1).rebuild("resumed");
        projections(whole.dataSource(), "resumed").catchUp();
        int generation = 2;
        for (int call = 1; call <= whole.calls(); call++) {
            model.execute("UPDATE resumed_%d SET document = '{}'".formatted(generation));
            projections("resumed", 1).rebuild("resumed", 1 + call % 2);
            CutConnections cut = new CutConnections(model.dataSource(), call, call % 3 == 0);
            try {
                projections(cut.dataSource(), "resumed").catchUp();
            } catch (EventStoreException e) {
                assertThat(e).rootCause().hasMessageContaining("cut");
            }
            try (Projections next = projections("resumed", 1)) {
                await().atMost(LONG)
                        .until(
                                () -> {
                                    next.catchUp();
                                    return !next.cancelRebuild("resumed");
                                });
            }
            generation++;
            assertThat(model.query("SELECT key, document FROM resumed ORDER BY key"))
                    .as("call %d", call)
                    .isEqualTo(expected);
        }
    }

    @Test
    void tables_that_lack_what_the_present_ones_have_do_not_replace_them() {
        placeOrder();
        shop.record(new ItemAdded("o1", 7));
        projections("worse", 1).catchUp();
        ViewTable<OrderEvent, OrderPage> failing = Shop.table(new OrderPageView("worse", 2, 7));
        Projections newer =
                new Projections(
                        model.dataSource(), shop.log, List.of(Projection.of(Shop.TYPES, failing)));
        newer.catchUp();

        assertThat(found("worse").generation()).isEqualTo(1);
        assertThat(newer.list())
                .filteredOn(status -> status.projection().equals("worse"))
                .filteredOn(status -> status.role().equals("building"))
                .singleElement()
                .satisfies(
                        status -> {
                            assertThat(status.percent()).isEqualTo(100);
                            assertThat(status.reason()).contains("\"o1\" of view \"worse\"");
                        });

        newer.drop(newer.parked("worse").getFirst(), "a test order");
        newer.catchUp();
        assertThat(found("worse").generation()).isEqualTo(2);
        newer.close();
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
        return projections(model.dataSource(), new OrderPageView(name, revision, POISON));
    }

    private Projections projections(DataSource dataSource, String name) {
        return projections(dataSource, new OrderPageView(name, 1, POISON));
    }

    private Projections projections(DataSource dataSource, OrderPageView view) {
        return new Projections(
                dataSource, shop.log, List.of(Projection.of(Shop.TYPES, Shop.table(view))));
    }
}
