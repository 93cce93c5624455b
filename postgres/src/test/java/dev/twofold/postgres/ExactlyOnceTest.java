package dev.twofold.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twofold.EventStoreException;
import dev.twofold.Recorded;
import dev.twofold.postgres.OrderEvent.ItemAdded;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExactlyOnceTest {
    static final int HISTORY = 25;
    static final int BATCH = 10;

    private final Shop shop = new Shop();
    private final ReadModel model = ReadModel.fresh();

    /// Cuts a run at its first call, another at its second, and so on, and lets each go on after.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void each_event_takes_effect_once_wherever_the_connection_is_cut(boolean afterTheCall) {
        shop.recordHistory(HISTORY, 11);
        CutConnections whole = new CutConnections(model.dataSource(), 0, afterTheCall);
        ReadModel.runToEnd(over(whole).runner(shop.log, "undisturbed", BATCH));
        List<String> undisturbed = model.contents("undisturbed");

        for (int call = 1; call <= whole.calls(); call++) {
            String name = "cut-at-" + call;
            CutConnections cut = new CutConnections(model.dataSource(), call, afterTheCall);
            ProjectionRunner<OrderEvent> runner = over(cut).runner(shop.log, name, BATCH);

            assertThatThrownBy(() -> ReadModel.runToEnd(runner))
                    .as("call %d", call)
                    .isInstanceOf(EventStoreException.class);
            ReadModel.runToIdle(runner);
            assertThat(model.contents(name)).as("call %d", call).isEqualTo(undisturbed);
        }
    }

    /// The process that takes over knows nothing of the one that is gone.
    @Test
    void a_process_takes_over_from_one_that_was_killed_at_any_call() {
        shop.recordHistory(HISTORY, 12);
        CutConnections whole = new CutConnections(model.dataSource(), 0, false);
        ReadModel.runToEnd(over(whole).runner(shop.log, "undisturbed", BATCH));
        List<String> undisturbed = model.contents("undisturbed");

        for (int call = 1; call <= whole.calls(); call++) {
            String name = "killed-at-" + call;
            CutConnections cut = new CutConnections(model.dataSource(), call, false);
            assertThatThrownBy(() -> ReadModel.runToEnd(over(cut).runner(shop.log, name, BATCH)))
                    .as("call %d", call)
                    .isInstanceOf(EventStoreException.class);

            ReadModel.runToIdle(model.runner(shop.log, name, BATCH));
            assertThat(model.contents(name)).as("call %d", call).isEqualTo(undisturbed);
        }
    }

    /// Here the operating system ends it, and the server finds out.
    @Test
    void another_process_goes_on_from_one_that_ended_at_any_call() throws Exception {
        Shop told = HaltedNode.history();
        CutConnections whole = new CutConnections(model.dataSource(), 0, false);
        ReadModel.runToEnd(over(whole).runner(told.log, "undisturbed", BATCH));
        List<String> undisturbed = model.contents("undisturbed");

        for (int call = 1; call <= whole.calls(); call++) {
            String name = "halted-at-" + call;
            Process halted = model.process(HaltedNode.class, name, Integer.toString(call));
            assertThat(halted.waitFor()).as("call %d", call).isEqualTo(HaltedNode.HALTED);

            ReadModel.runToIdle(model.runner(told.log, name, BATCH));
            assertThat(model.contents(name)).as("call %d", call).isEqualTo(undisturbed);
        }
    }

    /// What such SQL is given twice it would also count twice. It is cut in the midst of it, too,
    /// and a process that knows nothing of the one before goes on.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void sql_of_ones_own_takes_effect_once_wherever_the_connection_is_cut(boolean afterTheCall) {
        shop.recordHistory(HISTORY, 14);
        CutConnections whole = new CutConnections(model.dataSource(), 0, afterTheCall);
        ReadModel.runToEnd(over(whole).runner(shop.log, sales("undisturbed"), BATCH));
        List<String> undisturbed = sold("undisturbed");
        assertThat(undisturbed).hasSizeGreaterThan(BATCH); // of several batches

        for (int call = 1; call <= whole.calls(); call++) {
            String name = "cut-at-" + call;
            CutConnections cut = new CutConnections(model.dataSource(), call, afterTheCall);
            ProjectionRunner<OrderEvent> runner = over(cut).runner(shop.log, sales(name), BATCH);
            assertThatThrownBy(() -> ReadModel.runToEnd(runner))
                    .as("call %d", call)
                    .isInstanceOf(EventStoreException.class);

            ReadModel.runToIdle(model.runner(shop.log, sales(name), BATCH));
            assertThat(sold(name)).as("call %d", call).isEqualTo(undisturbed);
        }
    }

    private static Projection<OrderEvent> sales(String name) {
        return Projection.sql(
                name,
                1,
                Shop.TYPES,
                """
                CREATE TABLE ${table} (order_id text PRIMARY KEY, items int NOT NULL);
                CREATE TABLE ${table}_line (position bigint NOT NULL, quantity int NOT NULL);
                """,
                ExactlyOnceTest::count);
    }

    private static void count(
            List<Recorded<OrderEvent>> events, String table, Connection connection)
            throws SQLException {
        try (PreparedStatement sum =
                        connection.prepareStatement(
                                """
                                INSERT INTO %s AS sold VALUES (?, ?)
                                ON CONFLICT (order_id) DO UPDATE SET
                                  items = sold.items + excluded.items
                                """
                                        .formatted(table));
                PreparedStatement line =
                        connection.prepareStatement(
                                "INSERT INTO %s_line VALUES (?, ?)".formatted(table))) {
            for (Recorded<OrderEvent> event : events) {
                if (event.event() instanceof ItemAdded(String order, int quantity)) {
                    sum.setString(1, order);
                    sum.setInt(2, quantity);
                    sum.addBatch();
                    line.setLong(1, event.position());
                    line.setInt(2, quantity);
                    line.addBatch();
                }
            }
            sum.executeBatch();
            line.executeBatch();
        }
    }

    private List<String> sold(String name) {
        String table = name.replace('-', '_');
        return Stream.of(
                        "SELECT order_id, items FROM %s ORDER BY 1".formatted(table),
                        "SELECT * FROM %s_1_line ORDER BY 1, 2".formatted(table),
                        """
                        SELECT generation, partition, position, stopped_at
                        FROM twofold.checkpoint WHERE projection = '%s'
                        """
                                .formatted(name))
                .flatMap(sql -> model.query(sql).stream())
                .toList();
    }

    /// As above, for a life in which the view is split into partitions, made anew beside the one
    /// that serves, and split otherwise. A new process finds what the one that was cut has left,
    /// and begins at the start of that life. The lives are many, and so some are lived side by
    /// side.
    @Test
    void a_view_in_partitions_that_is_rebuilt_is_the_same_wherever_the_connection_is_cut() {
        shop.recordHistory(HISTORY, 13);
        CutConnections whole = new CutConnections(model.dataSource(), 0, true);
        live("undisturbed", whole);
        List<String> undisturbed = model.documents("undisturbed");
        long head = shop.log.head();

        IntStream.rangeClosed(1, whole.calls())
                .parallel()
                .forEach(call -> cutAndGoOn(call, undisturbed, head));
    }

    private void cutAndGoOn(int call, List<String> undisturbed, long head) {
        String name = "cut-at-" + call;
        CutConnections cut = new CutConnections(model.dataSource(), call, true);
        try {
            live(name, cut);
        } catch (EventStoreException e) {
            live(name, new CutConnections(model.dataSource(), 0, false));
        }
        projections(name, model.dataSource()).catchUp(); // a rebuild tries again on its own
        assertThat(model.documents(name)).as("call %d", call).isEqualTo(undisturbed);
        assertThat(standings(name))
                .as("call %d", call)
                .containsExactlyInAnyOrder("retired," + head, "serving," + head);
    }

    private void live(String name, CutConnections connections) {
        Projections projections = projections(name, connections.dataSource());
        projections.catchUp();
        projections.repartition(name, 2);
        projections.catchUp();
        projections.rebuild(name);
        projections.catchUp();
        projections.repartition(name, 3);
        projections.catchUp();
        projections.close();
    }

    private Projections projections(String name, DataSource dataSource) {
        return new Projections(
                dataSource, shop.log, List.of(Projection.of(Shop.TYPES, Shop.table(name))));
    }

    /// How far the partitions of each generation are.
    private List<String> standings(String name) {
        return model.query(
                """
                SELECT DISTINCT role, position
                FROM twofold.checkpoint JOIN twofold.projection USING (projection, generation)
                WHERE projection = '%s'
                """
                        .formatted(name));
    }

    private static ReadModel over(CutConnections connections) {
        return new ReadModel(connections.dataSource());
    }
}
