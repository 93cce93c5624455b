package dev.twofold.catalog;

import dev.twofold.EventStore;
import dev.twofold.EventTypes;
import dev.twofold.Query;
import dev.twofold.RecordedEvent;
import dev.twofold.catalog.brand.BrandEvent;
import dev.twofold.catalog.brand.BrandEvent.BrandCreated;
import dev.twofold.catalog.brand.BrandEvent.BrandRenamed;
import dev.twofold.catalog.category.CategoryEvent;
import dev.twofold.catalog.category.CategoryEvent.CategoryCreated;
import dev.twofold.catalog.category.CategoryEvent.CategoryRenamed;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/// The rows of brands and categories, made anew from the log, which tells of each change to them:
/// for a log that was imported, since a file of events has no rows.
public final class TablesFromLog {
    private static final int PAGE = 1_000;

    /// Whoever changes a row has to wait; those who have are in the log.
    private static final String CLEAR =
            """
            LOCK TABLE catalog.brand, catalog.category IN EXCLUSIVE MODE;
            DELETE FROM catalog.category;
            DELETE FROM catalog.brand;
            """;

    private static final String INSERT_BRAND =
            """
            INSERT INTO catalog.brand (id, name, alias, version) VALUES (?, ?, ?, ?)
            """;
    private static final String INSERT_CATEGORY =
            """
            INSERT INTO catalog.category (id, name, alias, version, parent_id)
            VALUES (?, ?, ?, ?, ?)
            """;

    private final CatalogTables tables;
    private final EventStore store;
    private final EventTypes<CatalogEvent> types;

    public TablesFromLog(CatalogTables tables, EventStore store, EventTypes<CatalogEvent> types) {
        this.tables = tables;
        this.store = store;
        this.types = types;
    }

    /// Replaces all rows, or none. Uses two connections at once.
    ///
    /// @throws dev.twofold.EventStoreException if the database is out of reach
    public void fill() {
        tables.write(
                connection -> {
                    try (Statement statement = connection.createStatement()) {
                        statement.execute(CLEAR);
                    }
                    Map<String, Row> brands = new LinkedHashMap<>();
                    Map<String, Row> categories = new LinkedHashMap<>();
                    read(brands, categories);
                    insertBrands(connection, brands.values());
                    insertCategories(connection, categories.values());
                    return brands.size() + categories.size();
                });
    }

    private void read(Map<String, Row> brands, Map<String, Row> categories) {
        TreeSet<String> names = new TreeSet<>(types.narrow(BrandEvent.class).names());
        names.addAll(types.narrow(CategoryEvent.class).names());
        Query query = Query.types(names.toArray(String[]::new));
        long position = 0;
        boolean more = true;
        while (more) {
            var page = store.read(query, position, PAGE);
            for (RecordedEvent recorded : page) {
                position = recorded.position();
                for (CatalogEvent event : types.decode(recorded)) {
                    fold(event, brands, categories);
                }
            }
            more = page.size() == PAGE;
        }
    }

    private static void fold(
            CatalogEvent event, Map<String, Row> brands, Map<String, Row> categories) {
        switch (event) {
            case BrandCreated(var id, var name) -> brands.put(id, Row.created(id, name, null));
            case BrandRenamed(var id, var name) -> brands.computeIfPresent(id, renamed(name));
            case CategoryCreated(var id, var parentId, var name) ->
                    categories.put(id, Row.created(id, name, parentId));
            case CategoryRenamed(var id, var name) ->
                    categories.computeIfPresent(id, renamed(name));
            default -> {
                // a past event may have become one of another slice
            }
        }
    }

    private static BiFunction<String, Row, Row> renamed(String name) {
        return (_, row) -> new Row(row.id, name, row.alias, row.version + 1, row.parentId);
    }

    private static void insertBrands(Connection connection, Collection<Row> rows)
            throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(INSERT_BRAND)) {
            for (Row row : rows) {
                row.bind(insert);
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }

    private static void insertCategories(Connection connection, Collection<Row> rows)
            throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(INSERT_CATEGORY)) {
            for (Row row : rows) {
                row.bind(insert);
                insert.setString(5, row.parentId);
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }

    private record Row(
            String id, String name, String alias, long version, @Nullable String parentId) {

        static Row created(String id, String name, @Nullable String parentId) {
            return new Row(id, name, name, 1, parentId);
        }

        void bind(PreparedStatement insert) throws SQLException {
            insert.setString(1, id);
            insert.setString(2, name);
            insert.setString(3, alias);
            insert.setLong(4, version);
        }
    }
}
