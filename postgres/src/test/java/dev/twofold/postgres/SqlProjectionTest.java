package dev.twofold.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twofold.Recorded;
import dev.twofold.postgres.OrderEvent.CustomerRegistered;
import dev.twofold.postgres.OrderEvent.ItemAdded;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;

class SqlProjectionTest {
    private static final Projection<OrderEvent> SALES =
            Projection.sql(
                    "daily-sales",
                    1,
                    Shop.TYPES,
                    "CREATE TABLE ${table} (day date PRIMARY KEY, items int CHECK (items < 50))",
                    SqlProjectionTest::countItems);

    private final ReadModel model = ReadModel.fresh();
    private final Shop shop = new Shop();

    @Test
    void keeps_a_table_by_sql_of_ones_own() {
        shop.record(new CustomerRegistered("c1", "Ada"));
        shop.record(new ItemAdded("o1", 5), new ItemAdded("o2", 6), new ItemAdded("o1", 7));

        assertThat(ReadModel.runToEnd(model.runner(shop.log, SALES, 2)))
                .isEqualTo(new Step.Idle(4));

        assertThat(model.query("SELECT sum(items) FROM daily_sales")).containsExactly("18");
    }

    @Test
    void stops_at_the_event_that_the_database_refuses() {
        shop.record(new ItemAdded("o1", 5), new ItemAdded("o2", 60), new ItemAdded("o1", 7));

        assertThat(ReadModel.runToEnd(model.runner(shop.log, SALES, 100)))
                .isInstanceOfSatisfying(
                        Step.Stopped.class,
                        stopped -> {
                            assertThat(stopped.position()).isEqualTo(1);
                            assertThat(stopped.reason()).contains("daily_sales_1_items_check");
                        });
        assertThat(model.query("SELECT sum(items) FROM daily_sales")).containsExactly("5");
    }

    @Test
    void goes_on_without_an_event_that_is_skipped() {
        shop.record(new ItemAdded("o1", 5), new ItemAdded("o2", 60), new ItemAdded("o1", 7));
        try (Projections projections =
                new Projections(model.dataSource(), shop.log, List.of(SALES))) {
            projections.catchUp();
            assertThatThrownBy(() -> projections.skip("daily-sales", 3, "too many at once"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("has not stopped at position 3");

            projections.skip("daily-sales", 2, "too many at once");
            projections.catchUp();

            assertThat(model.query("SELECT sum(items) FROM daily_sales")).containsExactly("12");
            assertThat(projections.dropped("daily-sales"))
                    .singleElement()
                    .satisfies(
                            event -> {
                                assertThat(event.position()).isEqualTo(2);
                                assertThat(event.key()).isNull();
                                assertThat(event.reason()).contains("daily_sales_1_items_check");
                            });
        }
    }

    private static void countItems(
            List<Recorded<OrderEvent>> events, String table, Connection connection)
            throws SQLException {
        String add =
                """
                INSERT INTO %1$s (day, items) VALUES (?::timestamptz::date, ?)
                ON CONFLICT (day) DO UPDATE SET items = %1$s.items + excluded.items
                """
                        .formatted(table);
        try (PreparedStatement statement = connection.prepareStatement(add)) {
            for (Recorded<OrderEvent> event : events) {
                if (event.event() instanceof ItemAdded(_, int quantity)) {
                    statement.setString(1, event.recordedAt().toString());
                    statement.setInt(2, quantity);
                    statement.addBatch();
                }
            }
            statement.executeBatch();
        }
    }
}
