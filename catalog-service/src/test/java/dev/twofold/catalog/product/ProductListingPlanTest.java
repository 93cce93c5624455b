package dev.twofold.catalog.product;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.twofold.Metadata;
import dev.twofold.catalog.CatalogEvents;
import dev.twofold.catalog.product.ProductListing.Filter;
import dev.twofold.catalog.product.ProductListing.Item;
import dev.twofold.catalog.product.ProductListing.Place;
import dev.twofold.catalog.product.ProductListing.Sort;
import dev.twofold.jackson.JacksonCodec;
import dev.twofold.postgres.PostgresEventStore;
import dev.twofold.postgres.PostgresLog;
import dev.twofold.postgres.Projection;
import dev.twofold.postgres.Projections;
import dev.twofold.postgres.Replicas;
import dev.twofold.postgres.TableAnswer;
import dev.twofold.postgres.TableReader;
import dev.twofold.testkit.TestPostgres;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// How a listing finds its page in a table of 20,000 products: by an index, without a join, and
/// without looking at most of the others.
///
/// One product in 200 is in the small category, and all of them are in the large one; one in 200 is
/// of the rare brand, and most are of the common one.
class ProductListingPlanTest {
    private static final String FILL =
            """
            INSERT INTO product_page (key, document, refs, position)
            SELECT 'p' || n, jsonb_build_object(
              'id', 'p' || n, 'sku', 'S' || n, 'name', 'Product ' || n, 'description', NULL,
              'price', n % 1000, 'currency', 'EUR', 'formattedPrice', '', 'salePrice', NULL,
              'formattedSalePrice', NULL, 'stock', n % 2, 'inStock', n % 2 = 1,
              'brandId', NULL, 'brandName', NULL,
              'categoryId', CASE WHEN n % 200 = 7 THEN 'small' ELSE 'large' END,
              'categoryName', NULL,
              'categoryPath', '[]'::jsonb, 'averageRating', n % 5, 'reviewCount', 1,
              'ratingTotal', n % 5, 'attributes', '{}'::jsonb, 'discontinued', false,
              'createdAt', '2026-11-01T12:00:00Z', 'updatedAt', '2026-11-01T12:00:00Z',
              'version', 1),
              CASE n % 200 WHEN 7 THEN ARRAY['category:large', 'category:small']
                WHEN 8 THEN ARRAY['category:large', 'brand:rare']
                ELSE ARRAY['category:large', 'brand:common'] END, n
            FROM generate_series(1, 20000) AS n;
            INSERT INTO product_page (key, document, refs, position)
            SELECT 'a' || n, document || jsonb_build_object('id', 'a' || n, 'averageRating', NULL,
              'categoryId', 'wide-' || n), ARRAY['category:wide', 'category:wide-' || n], n
            FROM product_page, generate_series(1, 60) AS n WHERE key = 'p1';
            INSERT INTO product_page__category_path (key, document, refs, position)
            VALUES ('large', '{}', '{large}', 1), ('small', '{}', '{large,small}', 1),
              ('wide', '{}', '{wide}', 1);
            INSERT INTO product_page__category_path (key, document, refs, position)
            SELECT 'wide-' || n, '{}', ARRAY['wide', 'wide-' || n], 1
            FROM generate_series(1, 60) AS n;
            ANALYZE
            """;
    private static final Filter ANY = new Filter(null, null, null);
    private static final Filter SMALL = new Filter("small", null, true);
    private static final Filter LARGE = new Filter("large", null, null);

    private static final String ANALYZE =
            "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) ";

    private static final JacksonCodec CODEC = new JacksonCodec();
    private static final HikariDataSource DATABASE = new HikariDataSource();

    @BeforeAll
    static void fill() throws SQLException {
        DATABASE.setJdbcUrl(TestPostgres.database().url());
        PostgresLog.migrate(DATABASE);
        try (PostgresEventStore store = new PostgresEventStore(DATABASE);
                Projections projections =
                        new Projections(
                                DATABASE,
                                store,
                                List.of(
                                        Projection.of(
                                                CatalogEvents.types(CODEC),
                                                ProductListing.table(CODEC))))) {
            projections.catchUp();
        }
        try (Connection connection = DATABASE.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(FILL);
        }
    }

    @AfterAll
    static void close() {
        DATABASE.close();
    }

    @ParameterizedTest
    @EnumSource
    void products_of_a_small_category_are_looked_up_by_it(Sort sort) throws SQLException {
        assertThat(plan(new ListProducts(SMALL, sort, sort.start(), 20, 0)))
                .contains("Bitmap Index Scan", "_refs_idx")
                .doesNotContain("Seq Scan", "Join", "Nested Loop");
    }

    @ParameterizedTest
    @EnumSource(names = {"RATING", "PRICE"})
    void the_first_products_of_a_category_and_those_below_it_are_read_off_its_index(Sort sort)
            throws SQLException {
        ListProducts query = new ListProducts(LARGE, sort, sort.start(), 20, 0);
        assertThat(query.isByCategory()).isTrue();
        assertThat(planByCategory(query, "EXPLAIN (COSTS OFF) "))
                .contains(
                        "product_page_1_category_id_by_",
                        "Index Cond: ((category_id = category.id)")
                .doesNotContain("Bitmap Heap Scan", "Seq Scan on product_page_1\n");
    }

    @ParameterizedTest
    @EnumSource
    void pages_by_category_are_those_of_all_its_products_in_order(Sort sort) throws SQLException {
        ProductListing listing = listing();
        for (Filter filter : List.of(SMALL, new Filter("small", null, null))) {
            List<String> met = new ArrayList<>();
            Place after = sort.start();
            while (after != null) {
                ListProducts query = new ListProducts(filter, sort, after, 7, 0);
                ProductListing.Page page = page(listing, query);
                met.addAll(ids(page));
                after = page.last();
            }
            assertThat(met).isEqualTo(byReferences(filter, sort, 1_000)).hasSize(100);
        }
        assertThat(ids(listing, LARGE, sort)).isEqualTo(byReferences(LARGE, sort, 20)).hasSize(20);
    }

    @Test
    void a_category_with_very_many_below_it_is_listed_the_other_way() throws SQLException {
        Filter wide = new Filter("wide", null, null);
        ListProducts query = new ListProducts(wide, Sort.RATING, Sort.RATING.start(), 20, 0);
        assertThat(planByCategory(query, ANALYZE))
                .contains("One-Time Filter", "Storage: Memory", "rows=48.00")
                .containsPattern("product_page_1_category_id_by_\\w+ on product_page_1 \\(never");
        assertThat(ids(listing(), wide, Sort.RATING))
                .isEqualTo(byReferences(wide, Sort.RATING, 20))
                .hasSize(20);
    }

    @ParameterizedTest
    @EnumSource
    void products_of_a_large_category_are_met_along_the_order(Sort sort) throws SQLException {
        assertThat(plan(new ListProducts(LARGE, sort, sort.start(), 20, 0)))
                .contains("Index Cond: (ROW(by_")
                .doesNotContain("Seq Scan", "Sort", "Join", "Nested Loop");
    }

    @ParameterizedTest
    @EnumSource
    void products_of_a_rare_brand_are_looked_up_by_it(Sort sort) throws SQLException {
        Filter rare = new Filter("large", "rare", true);
        for (Place after : List.of(sort.start(), placeIn(sort))) {
            assertThat(plan(new ListProducts(rare, sort, after, 20, 0)))
                    .contains("Bitmap Index Scan", "_refs_idx")
                    .doesNotContain("Seq Scan", "Join", "Nested Loop");
        }
    }

    @ParameterizedTest
    @EnumSource
    void the_second_page_begins_in_the_index_where_the_first_has_ended(Sort sort)
            throws SQLException {
        Filter inStock = new Filter(null, null, true);
        Filter common = new Filter("large", "common", null);
        for (Filter filter : List.of(ANY, inStock, common)) {
            assertThat(plan(new ListProducts(filter, sort, placeIn(sort), 20, 0)))
                    .contains("Index Cond: (%s)".formatted(beginningIn(sort)))
                    .doesNotContain("Seq Scan", "Sort", "Join", "Nested Loop");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"RATING", "PRICE"})
    void the_second_page_of_a_category_begins_in_its_index_where_the_first_has_ended(Sort sort)
            throws SQLException {
        ListProducts query = new ListProducts(LARGE, sort, placeIn(sort), 20, 0);
        assertThat(planByCategory(query, "EXPLAIN (COSTS OFF) "))
                .contains(
                        "Index Cond: ((category_id = category.id) AND (%s))"
                                .formatted(beginningIn(sort)))
                .doesNotContain("Bitmap Heap Scan", "Seq Scan on product_page_1\n");
    }

    /// The plan that the server keeps, since it is to plan for any values.
    @ParameterizedTest
    @EnumSource(names = {"RATING", "PRICE"})
    void the_plan_for_any_category_follows_its_index(Sort sort) throws SQLException {
        String sql = Objects.requireNonNull(sort.byCategory);
        int parameters = sql.split("\\?", -1).length - 1;
        String numbered = sql;
        for (int n = 1; n <= parameters; n++) {
            numbered = numbered.replaceFirst("\\?", "\\$" + n);
        }
        String values = String.join(", ", Collections.nCopies(parameters, "NULL"));
        try (Connection connection = DATABASE.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("SET plan_cache_mode = force_generic_plan");
            statement.execute("PREPARE listing AS " + numbered);
            try (ResultSet row =
                    statement.executeQuery(
                            "EXPLAIN (COSTS OFF) EXECUTE listing(%s)".formatted(values))) {
                assertThat(read(row))
                        .contains(
                                "product_page_1_category_id_by_",
                                "Index Cond: ((category_id = category.id) AND (ROW(by_")
                        .doesNotContain("Bitmap Heap Scan", "Seq Scan on product_page_1\n");
            } finally {
                statement.execute("DEALLOCATE listing");
                statement.execute("RESET plan_cache_mode");
            }
        }
    }

    @Test
    void what_is_not_asked_for_is_no_part_of_the_plan() throws SQLException {
        assertThat(plan(new ListProducts(ANY, Sort.PRICE, new Place("500", "p500"), 20, 0)))
                .contains("Index Cond: (ROW(by_price, key) > ROW('500'::numeric, 'p500'::text))")
                .doesNotContain("refs", "in_stock", "IS NULL", "Seq Scan", "Sort");
    }

    @Test
    void the_page_is_planned_for_its_values_however_often_it_is_asked_for() {
        ProductListing listing = listing();
        for (int i = 0; i < 10; i++) {
            assertThat(ids(listing, SMALL)).startsWith("p9807", "p9607").hasSize(20);
            assertThat(ids(listing, ANY)).startsWith("p9999", "p9994").hasSize(20);
        }
    }

    /// A place in the middle.
    private static Place placeIn(Sort sort) {
        return switch (sort) {
            case RATING -> new Place("3", "p500");
            case PRICE -> new Place("500", "p500");
            case NAME -> new Place("product 500", "p500");
        };
    }

    /// How the index of an order is entered at that place.
    private static String beginningIn(Sort sort) {
        return switch (sort) {
            case RATING -> "ROW(by_rating, key) < ROW('3'::numeric, 'p500'::text)";
            case PRICE -> "ROW(by_price, key) > ROW('500'::numeric, 'p500'::text)";
            case NAME -> "ROW(by_name, key) > ROW('product 500'::text, 'p500'::text)";
        };
    }

    private static ProductListing listing() {
        return new ProductListing(TableReader.of(Replicas.none(DATABASE), ProductPage.VIEW.name()));
    }

    private static List<String> ids(ProductListing listing, Filter filter) {
        return ids(listing, filter, Sort.RATING);
    }

    private static List<String> ids(ProductListing listing, Filter filter, Sort sort) {
        return ids(page(listing, new ListProducts(filter, sort, sort.start(), 20, 0)));
    }

    private static List<String> ids(ProductListing.Page page) {
        Items items = CODEC.decode("{\"items\":%s}".formatted(page.items()), Items.class);
        return items.items.stream().map(Item::id).toList();
    }

    record Items(List<Item> items) {}

    private static ProductListing.Page page(ProductListing listing, ListProducts query) {
        return read(listing.answer(query, Metadata.none()));
    }

    private static ProductListing.Page read(TableAnswer<ProductListing.Page> answer) {
        return switch (answer) {
            case TableAnswer.Read<ProductListing.Page> read -> read.content();
            case TableAnswer.Behind<ProductListing.Page> behind -> throw new AssertionError(behind);
        };
    }

    /// What is listed when the category is looked up in the index of references.
    private static List<String> byReferences(Filter filter, Sort sort, int most) {
        return ids(read(listing().filtered(new ListProducts(filter, sort, sort.start(), most, 0))));
    }

    /// How the parameters of a listing are set.
    private interface Bound {
        void to(PreparedStatement statement, int first, ListProducts query) throws SQLException;
    }

    private static String plan(ListProducts query) throws SQLException {
        return plan(query.sort().sql, query, ProductListing::bind, "EXPLAIN (COSTS OFF) ");
    }

    private static String planByCategory(ListProducts query, String explain) throws SQLException {
        String sql = Objects.requireNonNull(query.sort().byCategory);
        return plan(sql, query, ProductListing::bindByCategory, explain);
    }

    private static String plan(String sql, ListProducts query, Bound bound, String explain)
            throws SQLException {
        try (Connection connection = DATABASE.getConnection();
                PreparedStatement statement = connection.prepareStatement(explain + sql)) {
            bound.to(statement, 1, query);
            try (ResultSet row = statement.executeQuery()) {
                return read(row);
            }
        }
    }

    private static String read(ResultSet explained) throws SQLException {
        StringBuilder plan = new StringBuilder();
        while (explained.next()) {
            plan.append(explained.getString(1)).append('\n');
        }
        return plan.toString();
    }
}
