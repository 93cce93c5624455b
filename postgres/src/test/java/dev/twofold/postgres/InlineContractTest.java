package dev.twofold.postgres;

import com.zaxxer.hikari.HikariDataSource;
import dev.twofold.EventStore;
import dev.twofold.postgres.OrderEvent.CustomerRegistered;
import dev.twofold.testkit.EventStoreContract;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;

/// A store with an inline projection does all that one without does.
class InlineContractTest extends EventStoreContract {
    private static final HikariDataSource POOL = Logs.pool(Logs.empty());
    private static final Projection<CustomerRegistered> NEW_CUSTOMERS =
            Projection.ownTables(
                    "new-customers",
                    Shop.TYPES.narrow(CustomerRegistered.class),
                    (events, table, connection) -> {});
    private final List<PostgresEventStore> stores = new ArrayList<>();

    @Override
    protected EventStore emptyStore() {
        PostgresEventStore store = new PostgresEventStore(POOL, List.of(NEW_CUSTOMERS));
        stores.add(store);
        return store;
    }

    @AfterEach
    void emptyTheLog() throws SQLException {
        stores.forEach(PostgresEventStore::close);
        try (Connection connection = POOL.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("TRUNCATE twofold.event, twofold.event_tag, twofold.receipt");
            statement.execute("UPDATE twofold.checkpoint SET position = 0");
        }
    }

    @AfterAll
    static void closeThePool() {
        POOL.close();
    }
}
