package dev.twofold.catalog;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.twofold.EventTypes;
import dev.twofold.Interceptor;
import dev.twofold.Query;
import dev.twofold.catalog.brand.Brands;
import dev.twofold.catalog.category.Categories;
import dev.twofold.catalog.product.ProductTables;
import dev.twofold.catalog.product.Products;
import dev.twofold.jackson.JacksonCodec;
import dev.twofold.postgres.PostgresEventStore;
import dev.twofold.postgres.PostgresLog;
import dev.twofold.testkit.TestPostgres;
import java.util.List;
import javax.sql.DataSource;

/// A catalog's write side on a fresh database.
public final class TestWriteSide implements AutoCloseable {
    private static final Interceptor NOTHING = Interceptor.all(List.of());

    private final HikariDataSource pool = pool();
    public final EventTypes<CatalogEvent> types = CatalogEvents.types(new JacksonCodec());
    public final PostgresEventStore store =
            new PostgresEventStore(pool, List.of(ProductTables.projection(types)));
    public final CatalogTables tables = new CatalogTables(pool, store, types);
    public final Brands brands = new Brands(tables, NOTHING);
    public final Categories categories = new Categories(tables, NOTHING);
    public final Products products =
            new Products(store, types, brands::exists, categories::exists, NOTHING);

    public DataSource dataSource() {
        return pool;
    }

    /// The events of the log, in order.
    public List<CatalogEvent> events() {
        return types.decode(store.read(Query.all(), 0, 100_000)).stream()
                .map(recorded -> recorded.event())
                .toList();
    }

    @Override
    public void close() {
        store.close();
        pool.close();
    }

    private static HikariDataSource pool() {
        HikariConfig config = new HikariConfig();
        config.setDataSource(TestPostgres.database().dataSource());
        config.setMaximumPoolSize(8);
        HikariDataSource pool = new HikariDataSource(config);
        PostgresLog.migrate(pool);
        CatalogTables.migrate(pool);
        return pool;
    }
}
