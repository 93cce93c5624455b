package dev.twofold.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.twofold.Recorded;
import dev.twofold.kafka.ShopEvent.CustomerRegistered;
import dev.twofold.kafka.ShopEvent.ItemAdded;
import dev.twofold.kafka.ShopEvent.OrderPlaced;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A program that counts what was sold, from the topics, in a database of its own.
@Timeout(120)
class EventConsumerTest {
    private final ShopLog shop = new ShopLog();
    private final HikariDataSource own = ShopLog.emptyDatabase();

    @BeforeEach
    void create() throws Exception {
        execute("CREATE TABLE sold (place serial, order_id text, quantity int, version bigint)");
    }

    @AfterEach
    void close() {
        own.close();
        shop.close();
    }

    // quote: consumer
    EventConsumer<ShopEvent> consumer(String group) {
        return new EventConsumer<>(
                Broker.KAFKA.settings(),
                shop.topics,
                group,
                ShopEvent.TYPES,
                own,
                (connection, event) -> {
                    if (event.event() instanceof ItemAdded(String order, int quantity)) {
                        insert(connection, order, quantity, event.version());
                    }
                });
    }

    // end quote

    @Test
    void each_event_has_effect_once_whatever_joins_and_leaves() throws Exception {
        shop.recordHistory(150);
        relayAll();
        try (EventConsumer<ShopEvent> first = consumer("sales")) {
            first.start();
            Broker.await(() -> sold().size() > 10);
            try (EventConsumer<ShopEvent> second = consumer("sales")) {
                second.start();
                shop.recordHistory(150);
                relayAll();
                repeat();
                Broker.await(() -> sold().size() >= expected().size());
            }
            shop.recordHistory(100);
            relayAll();
            Broker.await(() -> sold().size() >= expected().size());
        }
        try (EventConsumer<ShopEvent> third = consumer("sales")) {
            third.start();
            long last = shop.record(new ItemAdded("last", 1));
            assertThat(last).isPositive();
            relayAll();
            Broker.await(() -> sold().stream().anyMatch(row -> row.startsWith("last")));
        }

        assertThat(sold()).containsExactlyInAnyOrderElementsOf(expected());
        assertThat(
                        query(
                                "SELECT order_id FROM sold a WHERE EXISTS (SELECT FROM sold b"
                                        + " WHERE a.order_id = b.order_id AND a.place < b.place"
                                        + " AND a.version > b.version)"))
                .isEmpty();
    }

    @Test
    void an_event_that_fails_is_given_again_and_none_of_its_partition_before() throws Exception {
        AtomicBoolean broken = new AtomicBoolean(true);
        shop.record(
                new CustomerRegistered("7", "Ann"),
                new OrderPlaced("o1", "7"),
                new ItemAdded("o1", 1),
                new ItemAdded("o1", 2),
                new ItemAdded("o1", 3));
        relayAll();
        try (EventConsumer<ShopEvent> consumer =
                new EventConsumer<>(
                        Broker.KAFKA.settings(),
                        shop.topics,
                        "failing",
                        ShopEvent.TYPES,
                        own,
                        (connection, event) -> sell(connection, event, broken))) {
            consumer.start();
            Broker.await(
                    () ->
                            String.valueOf(consumer.failure()).contains("out of stock")
                                    && sold().size() == 1);
            assertThat(sold()).containsExactly("o1 1");

            broken.set(false);
            Broker.await(() -> sold().size() == 3);
            assertThat(sold()).containsExactly("o1 1", "o1 2", "o1 3");
            Broker.await(() -> consumer.failure() == null);
            assertThat(consumer.forget(Duration.ofDays(1))).isZero();
        }
    }

    private static void sell(Connection connection, Recorded<ShopEvent> event, AtomicBoolean broken)
            throws SQLException {
        if (event.event() instanceof ItemAdded(String order, int quantity)) {
            insert(connection, order, quantity, event.version());
            if (quantity == 2 && broken.get()) {
                throw new SQLException("out of stock");
            }
        }
    }

    private static void insert(Connection connection, String order, int quantity, long version)
            throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        "INSERT INTO sold (order_id, quantity, version) VALUES (?, ?, ?)")) {
            statement.setString(1, order);
            statement.setInt(2, quantity);
            statement.setLong(3, version);
            statement.executeUpdate();
        }
    }

    private List<String> expected() {
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

    private List<String> sold() {
        return query("SELECT order_id || ' ' || quantity FROM sold ORDER BY place");
    }

    private List<String> query(String sql) {
        try (Connection connection = own.getConnection();
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

    private void execute(String sql) throws SQLException {
        try (Connection connection = own.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private void relayAll() {
        try (Relay relay = shop.relay()) {
            relay.start();
            Broker.await(() -> relay.status().position() == shop.store.head());
        }
    }

    /// Writes everything once more.
    private void repeat() {
        try (Producer<byte[], byte[]> producer = Broker.clients().producer()) {
            for (List<ConsumerRecord<byte[], byte[]>> all : Broker.records(shop.topics).values()) {
                for (ConsumerRecord<byte[], byte[]> record : all) {
                    var _ =
                            producer.send(
                                    new ProducerRecord<>(
                                            record.topic(),
                                            record.partition(),
                                            record.key(),
                                            record.value(),
                                            record.headers()));
                }
            }
        }
    }
}
