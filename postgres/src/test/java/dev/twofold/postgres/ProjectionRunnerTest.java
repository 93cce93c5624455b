package dev.twofold.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.postgres.OrderEvent.CustomerRegistered;
import dev.twofold.postgres.OrderEvent.CustomerRenamed;
import dev.twofold.postgres.OrderEvent.ItemAdded;
import dev.twofold.postgres.OrderEvent.OrderCancelled;
import dev.twofold.postgres.OrderEvent.OrderPlaced;
import dev.twofold.postgres.OrderPageView.OrderPage;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.postgresql.jdbc.PgArray;

class ProjectionRunnerTest {
    private static ReadModel model;

    private final Shop shop = new Shop();

    @BeforeAll
    static void createDatabase() {
        model = ReadModel.fresh();
    }

    @Test
    void keeps_documents_with_what_they_look_up() {
        long last =
                shop.record(
                        new CustomerRegistered("c1", "Ada"),
                        new OrderPlaced("o1", "c1"),
                        new ItemAdded("o1", 2),
                        new ItemAdded("o1", 3));

        ReadModel.runToEnd(model.runner(shop.log, "looked-up", 100));

        assertThat(model.reader("looked-up").find("o1"))
                .isEqualTo(new ViewAnswer.Found<>(new OrderPage("c1", "Ada", 2, 5), last, last, 1));
    }

    @Test
    void carries_a_change_to_every_document_that_refers_to_it() {
        ProjectionRunner<OrderEvent> runner = model.runner(shop.log, "fan-out", 100);
        shop.record(
                new CustomerRegistered("c1", "Ada"),
                new CustomerRegistered("c2", "Bob"),
                new OrderPlaced("o1", "c1"),
                new OrderPlaced("o2", "c2"),
                new OrderPlaced("o3", "c1"));
        ReadModel.runToEnd(runner);
        shop.record(new CustomerRenamed("c1", "Countess \"A\\L\""));
        ReadModel.runToEnd(runner);

        assertThat(model.query("SELECT key, document ->> 'customerName' FROM fan_out ORDER BY key"))
                .containsExactly("o1,Countess \"A\\L\"", "o2,Bob", "o3,Countess \"A\\L\"");
    }

    @Test
    void removes_a_document_that_folds_to_none() {
        ProjectionRunner<OrderEvent> runner = model.runner(shop.log, "removed", 100);
        shop.record(new CustomerRegistered("c1", "Ada"), new OrderPlaced("o1", "c1"));
        ReadModel.runToEnd(runner);
        long last = shop.record(new OrderCancelled("o1"));
        ReadModel.runToEnd(runner);

        assertThat(model.reader("removed").find("o1")).isEqualTo(new ViewAnswer.Missing<>(last, 1));
    }

    @Test
    void lets_plain_sql_sort_by_generated_columns() {
        shop.record(
                new CustomerRegistered("c1", "Ada"),
                new OrderPlaced("o1", "c1"),
                new OrderPlaced("o2", "c1"),
                new ItemAdded("o1", 7),
                new ItemAdded("o2", 9));
        ReadModel.runToEnd(model.runner(shop.log, "sorted", 100));

        assertThat(model.query("SELECT key, quantity FROM sorted ORDER BY quantity DESC"))
                .containsExactly("o2,9", "o1,7");
    }

    @Test
    void moves_the_checkpoint_past_events_that_are_of_no_concern() {
        ProjectionRunner<OrderEvent> runner = model.runner(shop.log, "other-events", 2);
        shop.recordOther();
        shop.record(new CustomerRegistered("c1", "Ada"), new CustomerRegistered("c2", "Bob"));
        shop.recordOther();
        long last = shop.recordOther();

        assertThat(runner.step()).isEqualTo(new Step.Advanced(3, 2, true));
        assertThat(runner.step()).isEqualTo(new Step.Advanced(last, 0, false));
        assertThat(runner.step()).isEqualTo(new Step.Idle(last));
    }

    @Test
    void writes_the_same_tables_whatever_the_size_of_the_batches() {
        shop.recordHistory(300, 42);
        ReadModel.runToEnd(model.runner(shop.log, "batches-of-1", 1));
        List<String> oneByOne = model.contents("batches-of-1");

        for (int batch : List.of(2, 3, 7, 50, 1000)) {
            String name = "batches-of-" + batch;
            ReadModel.runToEnd(model.runner(shop.log, name, batch));
            assertThat(model.contents(name)).as("batches of %d", batch).isEqualTo(oneByOne);
        }
    }

    /// One to lock the checkpoint and to read documents of both views, one to write them and the
    /// checkpoint and to commit; the driver's own commit has nothing left to do.
    @Test
    void a_batch_at_the_end_of_the_log_takes_two_round_trips() {
        CutConnections counted = new CutConnections(model.dataSource(), 0, false);
        ProjectionRunner<OrderEvent> runner =
                new ReadModel(counted.dataSource()).runner(shop.log, "round-trips", 100);
        shop.record(new CustomerRegistered("c1", "Ada"), new OrderPlaced("o1", "c1"));
        runner.step();
        int before = counted.calls();

        long last = shop.record(new ItemAdded("o1", 2), new CustomerRegistered("c2", "Bob"));
        assertThat(runner.step()).isEqualTo(new Step.Advanced(last, 2, false));

        assertThat(counted.calls() - before).isEqualTo(2 + 1);
        assertThat(model.reader("round-trips").find("o1"))
                .isEqualTo(new ViewAnswer.Found<>(new OrderPage("c1", "Ada", 1, 2), 3, last, 1));
    }

    @Test
    void texts_go_to_the_server_in_binary_form() throws SQLException {
        try (Connection connection = model.dataSource().getConnection()) {
            assertThat(DocumentTable.texts(connection, List.of("{\"a\": 1}")))
                    .isInstanceOfSatisfying(
                            PgArray.class, array -> assertThat(array.isBinary()).isTrue());
        }
    }

    @Test
    void leaves_the_work_to_whoever_has_the_checkpoint() throws SQLException {
        ProjectionRunner<OrderEvent> runner = model.runner(shop.log, "taken", 1);
        shop.record(new CustomerRegistered("c1", "Ada"), new OrderPlaced("o1", "c1"));
        runner.step();

        try (Connection other = model.dataSource().getConnection()) {
            other.setAutoCommit(false);
            assertThat(
                            new Checkpoint("taken", 1, 0)
                                    .lock(other, Duration.ofSeconds(10), Prefetch.nothing()))
                    .isPresent();
            assertThat(runner.step()).isEqualTo(new Step.Elsewhere());
            assertThat(runner.step()).isEqualTo(new Step.Elsewhere());
        }
        assertThat(runner.step()).isEqualTo(new Step.Advanced(2, 1, true));
    }

    @Test
    void goes_on_from_where_another_process_has_come() {
        shop.recordHistory(100, 7);
        ProjectionRunner<OrderEvent> one = model.runner(shop.log, "shared", 5);
        ProjectionRunner<OrderEvent> two = model.runner(shop.log, "shared", 3);
        Step last;
        do {
            one.step();
            two.step();
            last = one.step();
        } while (!(last instanceof Step.Idle));
        ReadModel.runToEnd(model.runner(shop.log, "alone", 5));

        assertThat(model.contents("shared")).isEqualTo(model.contents("alone"));
    }

    @Test
    void stops_at_an_event_that_this_program_does_not_know_and_keeps_what_was_before() {
        ProjectionRunner<OrderEvent> runner = model.runner(shop.log, "unknown", 100);
        shop.record(new CustomerRegistered("c1", "Ada"), new OrderPlaced("o1", "c1"));
        shop.append(Shop.stored("item-added", "{\"order\":\"o1\"}"));

        assertThat(runner.step())
                .isInstanceOfSatisfying(
                        Step.Stopped.class, stopped -> assertThat(stopped.position()).isEqualTo(2));
        assertThat(model.reader("unknown").find("o1"))
                .isEqualTo(new ViewAnswer.Found<>(new OrderPage("c1", "Ada", 0, 0), 2, 2, 1));
        runner.step();
        assertThat(
                        model.query(
                                """
                                SELECT position, stopped_at, attempts
                                FROM twofold.checkpoint WHERE projection = 'unknown'
                                """))
                .containsExactly("2,3,2");
    }

    @Test
    void finds_the_event_whose_document_the_database_refuses() {
        ProjectionRunner<OrderEvent> runner = model.runner(shop.log, "refused", 100);
        shop.record(
                new CustomerRegistered("c1", "Ada"),
                new CustomerRegistered("c2", "Bob"),
                new CustomerRegistered("c3", "no text in PostgreSQL has a \0"),
                new CustomerRegistered("c4", "Dan"));

        assertThat(ReadModel.runToEnd(runner))
                .isInstanceOfSatisfying(
                        Step.Stopped.class,
                        stopped -> {
                            assertThat(stopped.position()).isEqualTo(2);
                            assertThat(stopped.reason()).contains("\\u0000");
                        });
    }
}
