package dev.twofold.catalog.product;

import dev.twofold.Codec;
import dev.twofold.EventTypes;
import dev.twofold.Recorded;
import dev.twofold.catalog.CatalogEvent;
import dev.twofold.catalog.brand.BrandEvent.BrandCreated;
import dev.twofold.catalog.brand.BrandEvent.BrandRenamed;
import dev.twofold.catalog.category.CategoryEvent.CategoryCreated;
import dev.twofold.catalog.category.CategoryEvent.CategoryRenamed;
import dev.twofold.catalog.product.ProductEvent.AttributesChanged;
import dev.twofold.catalog.product.ProductEvent.BrandAssigned;
import dev.twofold.catalog.product.ProductEvent.CategoryAssigned;
import dev.twofold.catalog.product.ProductEvent.PriceChanged;
import dev.twofold.catalog.product.ProductEvent.ProductCreated;
import dev.twofold.catalog.product.ProductEvent.ProductDescribed;
import dev.twofold.catalog.product.ProductEvent.ProductDiscontinued;
import dev.twofold.catalog.product.ProductEvent.ProductRenamed;
import dev.twofold.catalog.product.ProductEvent.StockAdjusted;
import dev.twofold.postgres.Projection;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Products and their stock as normalized rows, in the tables `catalog.product` and
/// `catalog.inventory`, which refer to brands and categories.
///
/// Kept inline, so that plain SQL and its constraints see each product as the log has it. Brands
/// and categories are there already when a command of this catalog made them; a log that was
/// imported brings them along.
public final class ProductTables {
    private static final String CREATE =
            """
            WITH created AS (
              INSERT INTO catalog.product (
                id, sku, name, description, price, sale_price, currency, brand_id, category_id,
                attributes)
              VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?::jsonb)
              RETURNING id)
            INSERT INTO catalog.inventory (product_id, stock) SELECT id, ? FROM created
            """;
    private static final String RENAME =
            """
            UPDATE catalog.product SET name = ? WHERE id = ?
            """;
    private static final String DESCRIBE =
            """
            UPDATE catalog.product SET description = ? WHERE id = ?
            """;
    private static final String PRICE =
            """
            UPDATE catalog.product SET price = ?, sale_price = ?, currency = ? WHERE id = ?
            """;
    private static final String STOCK =
            """
            UPDATE catalog.inventory SET stock = ? WHERE product_id = ?
            """;
    private static final String BRAND =
            """
            UPDATE catalog.product SET brand_id = ? WHERE id = ?
            """;
    private static final String CATEGORY =
            """
            UPDATE catalog.product SET category_id = ? WHERE id = ?
            """;
    private static final String ATTRIBUTES =
            """
            UPDATE catalog.product SET attributes = ?::jsonb WHERE id = ?
            """;
    private static final String DISCONTINUE =
            """
            UPDATE catalog.product SET discontinued = true WHERE id = ?
            """;
    private static final String CREATE_BRAND =
            """
            INSERT INTO catalog.brand (id, name, alias) VALUES (?, ?, ?) ON CONFLICT DO NOTHING
            """;
    private static final String RENAME_BRAND =
            """
            UPDATE catalog.brand SET name = ?, version = ? WHERE id = ?
            """;
    private static final String CREATE_CATEGORY =
            """
            INSERT INTO catalog.category (id, parent_id, name, alias) VALUES (?, ?, ?, ?)
            ON CONFLICT DO NOTHING
            """;
    private static final String RENAME_CATEGORY =
            """
            UPDATE catalog.category SET name = ?, version = ? WHERE id = ?
            """;

    private final Codec codec;

    private ProductTables(Codec codec) {
        this.codec = codec;
    }

    public static Projection<CatalogEvent> projection(EventTypes<CatalogEvent> types) {
        ProductTables tables = new ProductTables(types.codec());
        return Projection.ownTables(
                "product-tables",
                types,
                (events, table, connection) -> tables.write(events, connection));
    }

    private void write(List<Recorded<CatalogEvent>> events, Connection connection)
            throws SQLException {
        try (Run run = new Run(connection)) {
            for (Recorded<CatalogEvent> recorded : events) {
                switch (recorded.event()) {
                    case ProductEvent event -> write(event, run);
                    case BrandCreated(var id, var name) -> run.add(CREATE_BRAND, id, name, name);
                    case BrandRenamed(var id, var name) ->
                            run.add(RENAME_BRAND, name, recorded.version(), id);
                    case CategoryCreated(var id, var parentId, var name) ->
                            run.add(CREATE_CATEGORY, id, parentId, name, name);
                    case CategoryRenamed(var id, var name) ->
                            run.add(RENAME_CATEGORY, name, recorded.version(), id);
                    default -> {
                        // concerns no row
                    }
                }
            }
            run.end();
        }
    }

    private void write(ProductEvent event, Run run) throws SQLException {
        switch (event) {
            case ProductCreated(var id, var sku, var details) -> {
                Money sale = details.salePrice();
                run.add(
                        CREATE,
                        id,
                        sku,
                        details.name(),
                        details.description(),
                        details.price().amount(),
                        sale == null ? null : sale.amount(),
                        details.price().currency().getCurrencyCode(),
                        details.brandId(),
                        details.categoryId(),
                        codec.encode(details.attributes()),
                        details.stock());
            }
            case ProductRenamed(var id, var name) -> run.add(RENAME, name, id);
            case ProductDescribed(var id, var text) -> run.add(DESCRIBE, text, id);
            case PriceChanged(var id, var price, var sale) ->
                    run.add(
                            PRICE,
                            price.amount(),
                            sale == null ? null : sale.amount(),
                            price.currency().getCurrencyCode(),
                            id);
            case StockAdjusted(var id, _, var stock) -> run.add(STOCK, stock, id);
            case BrandAssigned(var id, var brandId) -> run.add(BRAND, brandId, id);
            case CategoryAssigned(var id, var categoryId) -> run.add(CATEGORY, categoryId, id);
            case AttributesChanged(var id, var attributes) ->
                    run.add(ATTRIBUTES, codec.encode(attributes), id);
            case ProductDiscontinued(var id) -> run.add(DISCONTINUE, id);
        }
    }

    /// Statements in order, those that follow on one another with the same text sent together.
    private static final class Run implements AutoCloseable {
        private final Connection connection;
        private @Nullable String sql;
        private @Nullable PreparedStatement statement;

        Run(Connection connection) {
            this.connection = connection;
        }

        void add(String next, @Nullable Object... values) throws SQLException {
            PreparedStatement ready = prepare(next);
            for (int i = 0; i < values.length; i++) {
                ready.setObject(i + 1, values[i]);
            }
            ready.addBatch();
        }

        private PreparedStatement prepare(String next) throws SQLException {
            if (statement == null || !next.equals(sql)) {
                end();
                sql = next;
                statement = connection.prepareStatement(next);
            }
            return statement;
        }

        void end() throws SQLException {
            try (PreparedStatement done = statement) {
                statement = null;
                if (done != null) {
                    done.executeBatch();
                }
            }
        }

        @Override
        public void close() throws SQLException {
            if (statement != null) {
                statement.close();
            }
        }
    }
}
