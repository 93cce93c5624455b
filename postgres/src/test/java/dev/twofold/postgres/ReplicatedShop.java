package dev.twofold.postgres;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.twofold.Append;
import dev.twofold.AppendOutcome.Appended;
import dev.twofold.EventStoreException;
import dev.twofold.postgres.OrderEvent.CustomerRegistered;
import dev.twofold.postgres.OrderEvent.ItemAdded;
import dev.twofold.postgres.OrderEvent.OrderPlaced;
import dev.twofold.postgres.OrderPageView.OrderPage;
import dev.twofold.postgres.ViewAnswer.Found;
import dev.twofold.testkit.TestReplicas;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;

/// A shop on a primary with replicas. The page of order `o1` tells the position that it reflects:
/// after two events each one adds one item of one piece.
final class ReplicatedShop implements AutoCloseable {
    static final ViewTable<OrderEvent, OrderPage> PAGES = Shop.table("order-page");

    final TestReplicas servers;
    final String database;
    final HikariDataSource primary;
    final Map<String, DataSource> pools = new LinkedHashMap<>();
    final Replicas replicas;
    final ViewReader<OrderPage> reader;
    private final PostgresEventStore store;
    private final Projections projections;
    private final List<HikariDataSource> open = new ArrayList<>();

    ReplicatedShop(TestReplicas servers) {
        this(servers, ReplicaLimits.STANDARD);
    }

    ReplicatedShop(TestReplicas servers, ReplicaLimits limits) {
        this.servers = servers;
        this.database = servers.createDatabase();
        this.primary = pool(servers.primary());
        PostgresLog.migrate(primary);
        this.store = new PostgresEventStore(primary);
        this.projections = projections(primary, store);
        write(new CustomerRegistered("c1", "Ada"));
        write(new OrderPlaced("o1", "c1"));
        List.of("a", "b").forEach(name -> pools.put(name, pool(server(name))));
        this.replicas = Replicas.unwatched(primary, pools, limits);
        this.reader = new ViewReader<>(replicas, PAGES);
        awaitOn("a", 2);
        awaitOn("b", 2);
        replicas.look();
    }

    TestReplicas.Server server(String name) {
        return servers.replicas().get(name.equals("a") ? 0 : 1);
    }

    private HikariDataSource pool(TestReplicas.Server server) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(server.url(database) + "&connectTimeout=2&socketTimeout=10");
        config.setConnectionTimeout(1_000);
        config.setInitializationFailTimeout(-1);
        config.setMinimumIdle(0);
        HikariDataSource pool = new HikariDataSource(config);
        open.add(pool);
        return pool;
    }

    private static Projections projections(DataSource server, PostgresEventStore log) {
        return new Projections(server, log, List.of(Projection.of(Shop.TYPES, PAGES)));
    }

    /// Adds an item, lets the view take it in, and returns the position.
    long write() {
        return write(new ItemAdded("o1", 1));
    }

    private long write(OrderEvent event) {
        long position = append(store, event);
        projections.catchUp();
        return position;
    }

    private static long append(PostgresEventStore log, OrderEvent event) {
        return ((Appended) log.append(Append.of(List.of(Shop.encode(event))))).lastPosition();
    }

    /// Has a promoted replica go its own way: so many events that the primary never had, each of a
    /// hundred pieces.
    void diverge(String name, int events) {
        try (HikariDataSource server = pool(server(name));
                PostgresEventStore log = new PostgresEventStore(server);
                Projections own = projections(server, log)) {
            for (int i = 0; i < events; i++) {
                append(log, new ItemAdded("o1", 100));
            }
            own.catchUp();
        }
    }

    /// Waits until one replica shows the view at a position.
    void awaitOn(String name, long position) {
        ViewReader<OrderPage> alone =
                new ViewReader<>(Objects.requireNonNull(pools.get(name)), PAGES);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!shows(alone, position)) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("replica %s never came to %d".formatted(name, position));
            }
            Thread.onSpinWait();
        }
    }

    private static boolean shows(ViewReader<OrderPage> reader, long position) {
        try {
            return reader.find("o1", position) instanceof Found<OrderPage>;
        } catch (EventStoreException _) {
            return false; // the database is not there yet
        }
    }

    /// The position that an answer reflects.
    long read(long notBefore) {
        if (reader.find("o1", notBefore) instanceof Found<OrderPage> found) {
            if (found.document().quantity() + 2 != found.reached()) {
                throw new AssertionError("of another history: " + found);
            }
            return found.reached();
        }
        throw new AssertionError("the order was not found as of " + notBefore);
    }

    ReplicaStatus status(String name) {
        return replicas.status().stream()
                .filter(status -> status.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Override
    public void close() {
        replicas.close();
        projections.close();
        store.close();
        open.forEach(HikariDataSource::close);
    }
}
