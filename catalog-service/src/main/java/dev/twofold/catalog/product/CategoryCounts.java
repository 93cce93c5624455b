package dev.twofold.catalog.product;

import dev.twofold.EventTypes;
import dev.twofold.Recorded;
import dev.twofold.catalog.CatalogEvent;
import dev.twofold.catalog.product.ProductEvent.CategoryAssigned;
import dev.twofold.catalog.product.ProductEvent.ProductCreated;
import dev.twofold.catalog.product.ProductEvent.ProductDiscontinued;
import dev.twofold.catalog.product.ProductEvent.StockAdjusted;
import dev.twofold.postgres.Projection;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How many products each category has that can be bought, and how many of those are in stock.
///
/// A category counts what is in itself; whoever shows the tree adds up what is below. Beside the
/// counts there is a row for each product, which tells from which category an event takes it away.
final class CategoryCounts {
    static final String NAME = "category-count";

    private static final String DEFINITIONS =
            """
            CREATE TABLE ${table} (
              category_id text PRIMARY KEY,
              products int NOT NULL CHECK (products >= 0),
              in_stock int NOT NULL CHECK (in_stock >= 0 AND in_stock <= products)
            ) WITH (fillfactor = 50);
            CREATE TABLE ${table}_product (
              product_id text PRIMARY KEY,
              category_id text,
              stock int NOT NULL,
              sold boolean NOT NULL
            ) WITH (fillfactor = 80);
            """;
    private static final String FIND =
            """
            SELECT product_id, category_id, stock, sold FROM ${table}_product
            WHERE product_id = ANY (?)
            """;
    private static final String KEEP =
            """
            INSERT INTO ${table}_product (product_id, category_id, stock, sold)
            SELECT * FROM unnest(?::text[], ?::text[], ?::int[], ?::boolean[])
            ON CONFLICT (product_id) DO UPDATE SET
              category_id = excluded.category_id, stock = excluded.stock, sold = excluded.sold
            """;
    private static final String COUNT =
            """
            INSERT INTO ${table} AS counted (category_id, products, in_stock)
            SELECT id, 0, 0 FROM unnest(?::text[]) AS changed (id) ORDER BY id
            ON CONFLICT DO NOTHING;
            UPDATE ${table} AS counted SET
              products = counted.products + changed.products,
              in_stock = counted.in_stock + changed.in_stock
            FROM unnest(?::text[], ?::int[], ?::int[]) AS changed (id, products, in_stock)
            WHERE counted.category_id = changed.id
            """;

    private CategoryCounts() {}

    static Projection<CatalogEvent> projection(EventTypes<CatalogEvent> types) {
        return Projection.sql(NAME, 1, types, DEFINITIONS, CategoryCounts::count);
    }

    /// What counts of a product.
    private record Place(@Nullable String categoryId, int stock, boolean sold) {}

    private static void count(
            List<Recorded<CatalogEvent>> events, String table, Connection connection)
            throws SQLException {
        List<ProductEvent> changes = new ArrayList<>();
        for (Recorded<CatalogEvent> recorded : events) {
            if (recorded.event() instanceof ProductEvent event) {
                changes.add(event);
            }
        }
        if (changes.isEmpty()) {
            return;
        }
        Map<String, Place> before = find(changes, table, connection);
        Map<String, Place> after = new LinkedHashMap<>();
        for (ProductEvent event : changes) {
            String id = event.productId();
            Place now = after.containsKey(id) ? after.get(id) : before.get(id);
            Place next = next(event, now);
            if (next != null) {
                after.put(id, next);
            }
        }
        Map<String, int[]> deltas = new HashMap<>();
        after.forEach(
                (id, place) -> {
                    add(deltas, before.get(id), -1);
                    add(deltas, place, 1);
                });
        keep(after, table, connection);
        count(deltas, table, connection);
    }

    private static @Nullable Place next(ProductEvent event, @Nullable Place now) {
        if (event instanceof ProductCreated(_, _, var details)) {
            return new Place(details.categoryId(), details.stock(), true);
        }
        if (now == null) {
            throw new IllegalStateException(
                    "the log has no creation of product \"%s\" before this"
                            .formatted(event.productId()));
        }
        return switch (event) {
            case StockAdjusted(_, _, var stock) -> new Place(now.categoryId, stock, now.sold);
            case CategoryAssigned(_, var categoryId) -> new Place(categoryId, now.stock, now.sold);
            case ProductDiscontinued _ -> new Place(now.categoryId, now.stock, false);
            default -> now;
        };
    }

    private static void add(Map<String, int[]> deltas, @Nullable Place place, int sign) {
        if (place != null && place.sold && place.categoryId != null) {
            int[] delta = deltas.computeIfAbsent(place.categoryId, _ -> new int[2]);
            delta[0] += sign;
            delta[1] += place.stock > 0 ? sign : 0;
        }
    }

    private static Map<String, Place> find(
            List<ProductEvent> events, String table, Connection connection) throws SQLException {
        Object[] ids = events.stream().map(ProductEvent::productId).distinct().toArray();
        try (PreparedStatement statement = connection.prepareStatement(on(table, FIND))) {
            statement.setArray(1, connection.createArrayOf("text", ids));
            Map<String, Place> places = new HashMap<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    places.put(
                            row.getString(1),
                            new Place(row.getString(2), row.getInt(3), row.getBoolean(4)));
                }
            }
            return places;
        }
    }

    private static void keep(Map<String, Place> places, String table, Connection connection)
            throws SQLException {
        Object[] categories = places.values().stream().map(Place::categoryId).toArray();
        Object[] stocks = places.values().stream().map(Place::stock).toArray();
        Object[] sold = places.values().stream().map(Place::sold).toArray();
        try (PreparedStatement statement = connection.prepareStatement(on(table, KEEP))) {
            statement.setArray(1, connection.createArrayOf("text", places.keySet().toArray()));
            statement.setArray(2, connection.createArrayOf("text", categories));
            statement.setArray(3, connection.createArrayOf("int", stocks));
            statement.setArray(4, connection.createArrayOf("boolean", sold));
            statement.executeUpdate();
        }
    }

    private static void count(Map<String, int[]> deltas, String table, Connection connection)
            throws SQLException {
        Object[] ids = deltas.keySet().toArray();
        Object[] products = deltas.values().stream().map(delta -> delta[0]).toArray();
        Object[] inStock = deltas.values().stream().map(delta -> delta[1]).toArray();
        try (PreparedStatement statement = connection.prepareStatement(on(table, COUNT))) {
            statement.setArray(1, connection.createArrayOf("text", ids));
            statement.setArray(2, connection.createArrayOf("text", ids));
            statement.setArray(3, connection.createArrayOf("int", products));
            statement.setArray(4, connection.createArrayOf("int", inStock));
            statement.execute();
        }
    }

    private static String on(String table, String sql) {
        return sql.replace("${table}", table);
    }
}
