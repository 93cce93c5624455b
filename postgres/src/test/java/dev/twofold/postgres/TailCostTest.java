package dev.twofold.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.postgres.OrderEvent.CustomerRegistered;
import dev.twofold.postgres.OrderEvent.CustomerRenamed;
import dev.twofold.postgres.OrderEvent.ItemAdded;
import dev.twofold.postgres.OrderEvent.OrderPlaced;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What a batch at the end of the log touches, in rows of all tables, when log and view are small
/// and when they are large. What reading the log touches is in [PlanTest].
class TailCostTest {
    private static final int SMALL = 100;
    private static final int LARGE = 4_000;
    private static final String TOUCHED =
            """
            SELECT coalesce(sum(seq_tup_read), 0) + coalesce(sum(idx_tup_fetch), 0)
            FROM pg_stat_xact_user_tables
            """;

    private final Shop shop = new Shop();
    private final ReadModel model = ReadModel.fresh();
    private final List<Long> touched = new ArrayList<>();
    private final ReadModel watched = new ReadModel(watching(model.dataSource()));

    @BeforeEach
    void registerCustomers() {
        shop.record(new CustomerRegistered("small", "Ada"), new CustomerRegistered("big", "Bob"));
    }

    @Test
    void a_batch_at_the_end_touches_no_more_rows_of_a_large_view_than_of_a_small_one() {
        ProjectionRunner<OrderEvent> runner =
                watched.runner(shop.log, Projection.of(Shop.TYPES, Shop.table("tail")), 1_000);
        place(0, SMALL);
        long small = batch(runner, 1);
        place(SMALL, LARGE);
        long large = batch(runner, 2);

        assertThat(small).isPositive();
        assertThat(large).isLessThanOrEqualTo(small);
    }

    /// Also while an event is pending for all but a few of its documents.
    @Test
    void a_piece_and_a_batch_beside_it_touch_what_they_change() {
        Projection<OrderEvent> projection =
                new ViewProjection<>(Shop.TYPES, Shop.table("beside"), 10);
        ProjectionRunner<OrderEvent> runner = watched.runner(shop.log, projection, 1_000);
        place(0, LARGE);
        ReadModel.runToEnd(runner);
        model.execute("VACUUM ANALYZE beside_1");
        shop.record(new CustomerRenamed("big", "Babbage"));
        touched.clear();
        runner.step();
        for (int i = 0; i < 10; i++) {
            shop.record(new ItemAdded("o7", i));
            runner.step();
        }

        // the index is asked for all documents twice: whether they are many, and for caches
        assertThat(touched.stream().mapToLong(Long::longValue).max().orElseThrow())
                .isLessThan(2 * LARGE + 200);
        assertThat(touched).filteredOn(rows -> rows < 300).hasSizeGreaterThan(10);
    }

    /// Rows touched by a batch of each kind of event.
    private long batch(ProjectionRunner<OrderEvent> runner, int items) {
        ReadModel.runToEnd(runner);
        model.execute("VACUUM ANALYZE tail_1");
        shop.record(
                new ItemAdded("o3", items),
                new ItemAdded("o5", items),
                new CustomerRenamed("small", "Countess " + items),
                new OrderPlaced("new-" + items, "big"));
        touched.clear();
        runner.step();
        return touched.getLast();
    }

    private void place(int from, int to) {
        for (int order = from; order < to; order++) {
            shop.record(new OrderPlaced("o" + order, order < 5 ? "small" : "big"));
        }
    }

    /// Connections that count what each transaction has touched before it commits.
    private DataSource watching(DataSource dataSource) {
        return CutConnections.proxy(
                DataSource.class,
                (_, method, args) -> {
                    Object result = CutConnections.call(dataSource, method, args);
                    return result instanceof Connection connection ? watching(connection) : result;
                });
    }

    private Connection watching(Connection connection) {
        return CutConnections.proxy(
                Connection.class,
                (_, method, args) -> {
                    if (method.getName().equals("commit")) {
                        touched.add(touchedBy(connection));
                    }
                    return CutConnections.call(connection, method, args);
                });
    }

    private static long touchedBy(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(TOUCHED)) {
            row.next();
            return row.getLong(1);
        }
    }
}
