package dev.twofold.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.twofold.Recorded;
import dev.twofold.kafka.ShopEvent.ItemAdded;
import dev.twofold.testkit.TestPostgres;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/// What was sold, in the order in which it was written down, in a database of its own.
final class Sales implements AutoCloseable {
    private final TestPostgres.Database database = TestPostgres.database();
    final HikariDataSource dataSource = pool();

    Sales() {
        execute(
                """
                CREATE TABLE sold (
                  place serial, order_id text, quantity int, version bigint, seller text
                )
                """);
    }

    private HikariDataSource pool() {
        HikariConfig pool = new HikariConfig();
        pool.setDataSource(database.dataSource());
        pool.setMinimumIdle(0);
        return new HikariDataSource(pool);
    }

    String url() {
        return database.url();
    }

    static void insert(Connection connection, String order, int quantity, long version)
            throws SQLException {
        insert(connection, order, quantity, version, "");
    }

    /// Writes down what a seller has sold.
    static void insert(Connection connection, Recorded<ShopEvent> event, String seller)
            throws SQLException {
        if (event.event() instanceof ItemAdded(String order, int quantity)) {
            insert(connection, order, quantity, event.version(), seller);
        }
    }

    private static void insert(
            Connection connection, String order, int quantity, long version, String seller)
            throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "INSERT INTO sold (order_id, quantity, version, seller)"
                                + " VALUES (?, ?, ?, ?)")) {
            statement.setString(1, order);
            statement.setInt(2, quantity);
            statement.setLong(3, version);
            statement.setString(4, seller);
            statement.executeUpdate();
        }
    }

    List<String> sold() {
        return query("SELECT order_id || ' ' || quantity FROM sold ORDER BY place");
    }

    int soldBy(String seller) {
        return query("SELECT 1 FROM sold WHERE seller = '%s'".formatted(seller)).size();
    }

    /// What a log says was sold.
    static List<String> of(ShopLog shop) {
        List<String> expected = new ArrayList<>();
        ShopEvent.TYPES
                .decode(shop.events())
                .forEach(
                        one -> {
                            if (one.event() instanceof ItemAdded(String order, int quantity)) {
                                expected.add(order + " " + quantity);
                            }
                        });
        return expected;
    }

    void await(ShopLog shop) {
        int all = of(shop).size();
        Broker.await(() -> sold().size() >= all);
    }

    /// Each event of the log had effect, once, and those of an order in their order.
    void assertEachOnceAndInOrder(ShopLog shop) {
        assertThat(sold()).containsExactlyInAnyOrderElementsOf(of(shop));
        assertThat(
                        query(
                                """
                                SELECT order_id FROM sold a WHERE EXISTS (
                                  SELECT FROM sold b
                                  WHERE a.order_id = b.order_id AND a.place < b.place
                                    AND a.version > b.version
                                )
                                """))
                .isEmpty();
    }

    List<String> query(String sql) {
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            List<String> found = new ArrayList<>();
            while (rows.next()) {
                found.add(rows.getString(1));
            }
            return found;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private void execute(String sql) {
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        dataSource.close();
    }
}
