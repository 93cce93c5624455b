package dev.twofold.kafka;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.twofold.Append;
import dev.twofold.AppendOutcome.Appended;
import dev.twofold.Metadata;
import dev.twofold.NewEvent;
import dev.twofold.Query;
import dev.twofold.RecordedEvent;
import dev.twofold.kafka.ShopEvent.CustomerRegistered;
import dev.twofold.kafka.ShopEvent.CustomerRenamed;
import dev.twofold.kafka.ShopEvent.DayEnded;
import dev.twofold.kafka.ShopEvent.ItemAdded;
import dev.twofold.kafka.ShopEvent.OrderPlaced;
import dev.twofold.postgres.PostgresEventStore;
import dev.twofold.postgres.PostgresLeases;
import dev.twofold.postgres.PostgresLog;
import dev.twofold.testkit.TestPostgres;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.function.Consumer;
import javax.sql.DataSource;

/// The log of a shop in a database of its own, and a topic of its own for it.
final class ShopLog implements AutoCloseable {
    private static final TestPostgres.Database TEMPLATE = template();
    static final Metadata KNOWN =
            new Metadata("corr", "cause", "ann", "00-0af7651916cd43dd8448eb211c80319c-b7-01");

    final HikariDataSource dataSource = emptyLog();
    final PostgresEventStore store = new PostgresEventStore(dataSource);
    final PostgresLeases leases = new PostgresLeases(dataSource);
    final UUID epoch = store.info().epoch();
    final Topics topics = Topics.one("shop-" + epoch).withPartitions(3);
    private final Random random = new Random(42);

    private static TestPostgres.Database template() {
        TestPostgres.Database database = TestPostgres.database();
        PostgresLog.migrate(database.dataSource());
        return database;
    }

    /// Copies of one database would have the same epoch.
    private static HikariDataSource emptyLog() {
        HikariDataSource copy = emptyDatabase();
        PostgresLog.renewEpoch(copy);
        return copy;
    }

    /// An empty database with the tables of a log and of projections.
    static HikariDataSource emptyDatabase() {
        return pool(TestPostgres.copy(TEMPLATE).dataSource());
    }

    private static HikariDataSource pool(DataSource unpooled) {
        HikariConfig pool = new HikariConfig();
        pool.setDataSource(unpooled);
        pool.setMinimumIdle(0);
        return new HikariDataSource(pool);
    }

    /// Others for the same log, one for each category of streams.
    Topics topicsByCategory() {
        return Topics.byCategory(topics.base()).withPartitions(2);
    }

    RelaySettings settings() {
        return RelaySettings.to(topics).withTimes(Duration.ofSeconds(2), Duration.ofSeconds(30));
    }

    Relay relay() {
        return relay(settings(), step -> {});
    }

    Relay relay(RelaySettings settings, Consumer<RelayStep> passing) {
        return relay(Map.of(), settings, passing);
    }

    /// @param kafka what its clients are told beside where the broker is
    Relay relay(Map<String, Object> kafka, RelaySettings settings, Consumer<RelayStep> passing) {
        Map<String, Object> all = new HashMap<>(Broker.KAFKA.settings());
        all.putAll(kafka);
        return new Relay(store, epoch, leases, all, settings, passing);
    }

    /// Appends events, and returns the position of the last.
    long record(ShopEvent... events) {
        List<NewEvent> encoded = new ArrayList<>();
        for (ShopEvent event : events) {
            encoded.add(ShopEvent.TYPES.encode(event, KNOWN));
        }
        return ((Appended) store.append(Append.of(encoded))).lastPosition();
    }

    /// Appends a history in which all kinds of events meet few orders and customers often, in
    /// appends of many sizes.
    long recordHistory(int length) {
        if (store.head() == 0) {
            for (int i = 0; i < 5; i++) {
                record(new CustomerRegistered("c" + i, "Customer " + i));
            }
        }
        for (int left = length; left > 0; ) {
            int size = Math.min(left, 1 + random.nextInt(40));
            List<ShopEvent> events = new ArrayList<>();
            for (int i = 0; i < size; i++) {
                events.add(anything());
            }
            record(events.toArray(ShopEvent[]::new));
            left -= size;
        }
        return store.head();
    }

    private ShopEvent anything() {
        String order = "o" + random.nextInt(12);
        String customer = "c" + random.nextInt(5);
        return switch (random.nextInt(8)) {
            case 0 -> new OrderPlaced(order, customer);
            case 1, 2 -> new CustomerRenamed(customer, "Name " + random.nextInt(1_000));
            case 3 -> new DayEnded("day " + random.nextInt(1_000));
            default -> new ItemAdded(order, 1 + random.nextInt(9));
        };
    }

    List<RecordedEvent> events() {
        return store.read(Query.all(), 0, 100_000);
    }

    @Override
    public void close() {
        store.close();
        dataSource.close();
    }
}
