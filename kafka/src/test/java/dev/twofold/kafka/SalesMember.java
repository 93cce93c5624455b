package dev.twofold.kafka;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.util.Map;

/// A member of a group that writes down sales until its process ends, a few events at a time.
final class SalesMember {
    private SalesMember() {}

    /// @param args name, brokers, topic, group and the address of the database
    static void main(String[] args) throws InterruptedException {
        HikariConfig pool = new HikariConfig();
        pool.setJdbcUrl(args[4]);
        try (HikariDataSource dataSource = new HikariDataSource(pool);
                EventConsumer<ShopEvent> consumer =
                        new EventConsumer<>(
                                settings(args[1]),
                                Topics.one(args[2]),
                                args[3],
                                ShopEvent.TYPES,
                                dataSource,
                                (connection, event) -> Sales.insert(connection, event, args[0]))) {
            consumer.start();
            Thread.currentThread().join();
        }
    }

    /// Others take over three seconds after it gives no sign of life any more.
    static Map<String, Object> settings(String brokers) {
        return Map.of(
                "bootstrap.servers",
                brokers,
                "max.poll.records",
                5,
                "heartbeat.interval.ms",
                500,
                "session.timeout.ms",
                3_000);
    }
}
