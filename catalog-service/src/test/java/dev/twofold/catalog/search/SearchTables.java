package dev.twofold.catalog.search;

import com.zaxxer.hikari.HikariDataSource;
import dev.twofold.catalog.CatalogEvents;
import dev.twofold.catalog.CatalogTables;
import dev.twofold.jackson.JacksonCodec;
import dev.twofold.postgres.PostgresEventStore;
import dev.twofold.postgres.PostgresLog;
import dev.twofold.postgres.Projection;
import dev.twofold.postgres.Projections;
import dev.twofold.postgres.Replicas;
import dev.twofold.postgres.TableReader;
import dev.twofold.testkit.TestPostgres;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import javax.sql.DataSource;

/// A database with the table that search in one language looks into, filled by tests.
final class SearchTables implements AutoCloseable {
    static final JacksonCodec CODEC = new JacksonCodec();

    private static final String ADD =
            """
            INSERT INTO ${search} (key, document, refs, position) VALUES (?, jsonb_build_object(
              'id', ?::text, 'sku', 'SKU-' || ?, 'name', ?::text, 'description', ?::text,
              'price', 10, 'currency', 'EUR', 'formattedPrice', '€10.00', 'salePrice', NULL,
              'formattedSalePrice', NULL, 'stock', 1, 'inStock', true, 'brandId', 'brand',
              'brandName', ?::text, 'categoryId', NULL, 'categoryName', NULL,
              'categoryPath', '[]'::jsonb, 'averageRating', NULL, 'reviewCount', 0,
              'ratingTotal', 0, 'attributes', '{}'::jsonb, 'discontinued', false,
              'createdAt', '2026-11-01T12:00:00Z', 'updatedAt', '2026-11-01T12:00:00Z',
              'version', 1), ARRAY['brand:brand'], 1)
            """;

    private static final String AS_THE_CATALOGS_SERVER =
            """
            DO $$ BEGIN
              EXECUTE format('ALTER DATABASE %I SET random_page_cost = 1.1', current_database());
            END $$
            """;

    final SearchLanguage language;
    final HikariDataSource database = new HikariDataSource();
    private final HikariDataSource queries = new HikariDataSource();
    private final PostgresEventStore store;
    private final Projections projections;

    SearchTables(String language) throws SQLException {
        this.language = new SearchLanguage(language);
        TestPostgres.Database test = TestPostgres.database();
        execute(test.dataSource(), AS_THE_CATALOGS_SERVER);
        database.setJdbcUrl(test.url());
        PostgresLog.migrate(database);
        CatalogTables.migrate(database);
        store = new PostgresEventStore(database);
        projections =
                new Projections(
                        database,
                        store,
                        List.of(
                                Projection.of(
                                        CatalogEvents.types(CODEC),
                                        SearchTable.of(this.language, CODEC))));
        projections.catchUp();
        queries.setJdbcUrl(test.url());
        queries.setConnectionInitSql(Planning.SETTINGS.replace("SET LOCAL", "SET"));
    }

    /// Connections on which statements are planned as within a search.
    DataSource dataSource() {
        return queries;
    }

    TableReader reader() {
        return TableReader.of(Replicas.none(database), language.viewName());
    }

    void execute(String sql) throws SQLException {
        execute(database, sql);
    }

    private static void execute(DataSource database, String sql) throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    void add(String id, String name, String description, String brand) throws SQLException {
        try (Connection connection = database.getConnection();
                PreparedStatement statement = connection.prepareStatement(language.in(ADD))) {
            statement.setString(1, id);
            statement.setString(2, id);
            statement.setString(3, id);
            statement.setString(4, name);
            statement.setString(5, description);
            statement.setString(6, brand);
            statement.executeUpdate();
        }
    }

    @Override
    public void close() {
        queries.close();
        projections.close();
        store.close();
        database.close();
    }
}
