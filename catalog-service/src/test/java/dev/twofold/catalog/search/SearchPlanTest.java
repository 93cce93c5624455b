package dev.twofold.catalog.search;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.catalog.search.SearchSort.Place;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// How each query of the search finds what it needs in a table of 20,000 products: by an index, and
/// without a join.
///
/// Every product has the word "oil", one in a thousand "garlic", and there are 50 brands.
class SearchPlanTest {
    private static final String FILL =
            """
            INSERT INTO search_english (key, document, refs, position)
            SELECT 'p' || n, jsonb_build_object(
              'id', 'p' || n, 'sku', 'S' || n,
              'name', CASE WHEN n % 1000 = 0 THEN 'garlic oil ' ELSE 'sunflower oil ' END || n,
              'description', 'made in plant ' || md5(n::text), 'price', n % 1000,
              'salePrice', NULL, 'inStock', n % 2 = 0, 'brandId', 'b' || n % 50,
              'brandName', 'Brand ' || n % 50, 'averageRating', n % 5,
              'categoryPath', jsonb_build_array(jsonb_build_object(
                'id', 'c' || n % 20, 'name', 'Category ' || n % 20)),
              'discontinued', false), ARRAY['brand:b' || n % 50, 'category:c' || n % 20], n
            FROM generate_series(1, 20000) AS n;
            ANALYZE
            """;
    private static final String EXPLAIN = "EXPLAIN (COSTS OFF) ";
    private static final String RARE = "'garlic'";
    private static final String COMMON = "'oil'";

    private static final SearchTables TABLES = tables();
    private static final ProductSearch SEARCH =
            new ProductSearch(TABLES.reader(), TABLES.language, SearchTables.CODEC);

    private static SearchTables tables() {
        try {
            return new SearchTables("english");
        } catch (SQLException e) {
            throw new AssertionError("the tables were not made", e);
        }
    }

    @BeforeAll
    static void fill() throws SQLException {
        TABLES.execute(FILL);
    }

    @AfterAll
    static void close() {
        TABLES.close();
    }

    @ParameterizedTest
    @EnumSource(SearchSort.class)
    void rare_words_are_looked_up_in_the_index_of_words(SearchSort sort) throws SQLException {
        assertThat(page(sort, RARE, SearchFilter.ANY))
                .contains("Bitmap Index Scan", "_words_idx")
                .satisfies(SearchPlanTest::isOneTableByIndex);
    }

    @ParameterizedTest
    @EnumSource(SearchSort.class)
    void words_that_all_have_to_be_there_are_conditions_of_their_own(SearchSort sort)
            throws SQLException {
        assertThat(page(sort, RARE + " & " + COMMON, SearchFilter.ANY))
                .contains("(words @@ '''garlic'''::tsquery) AND (words @@ '''oil'''::tsquery)")
                .satisfies(SearchPlanTest::isOneTableByIndex);
    }

    @ParameterizedTest
    @EnumSource(value = SearchSort.class, names = "RELEVANCE", mode = EnumSource.Mode.EXCLUDE)
    void with_common_words_the_index_of_the_order_is_followed(SearchSort sort) throws SQLException {
        assertThat(page(sort, COMMON, SearchFilter.ANY))
                .contains("Index Cond: (ROW(by_")
                .doesNotContain("Sort")
                .satisfies(SearchPlanTest::isOneTableByIndex);
    }

    @Test
    void of_common_words_the_best_rated_matches_are_ranked() throws SQLException {
        assertThat(page(SearchSort.RELEVANCE, COMMON, SearchFilter.ANY))
                .contains("_by_rating_key_idx", "Limit")
                .satisfies(SearchPlanTest::isOneTableByIndex);
    }

    @Test
    void what_is_ranked_are_keys_and_documents_are_read_of_what_is_shown() throws SQLException {
        SearchProducts query =
                new SearchProducts(
                        "any", SearchFilter.ANY, SearchSort.RELEVANCE, null, 20, true, 0);
        try (Connection connection = TABLES.dataSource().getConnection();
                PreparedStatement statement =
                        SEARCH.page("EXPLAIN (COSTS OFF, VERBOSE) ", connection, query, RARE)) {
            String plan = plan(statement);
            int ranked = plan.indexOf("InitPlan");
            assertThat(plan).contains("_pkey on ", "InitPlan");
            assertThat(plan.substring(0, ranked)).contains("document");
            assertThat(
                            plan.substring(ranked)
                                    .lines()
                                    .dropWhile(line -> !line.contains("Limit"))
                                    .takeWhile(line -> !line.contains("Bitmap Heap Scan")))
                    .anyMatch(line -> line.contains("Output:"))
                    .noneMatch(line -> line.contains("document"));
        }
    }

    @Test
    void the_second_page_begins_in_the_index_where_the_first_has_ended() throws SQLException {
        SearchProducts second =
                new SearchProducts(
                        null,
                        SearchFilter.ANY,
                        SearchSort.CHEAPEST,
                        new Place(List.of("500"), "p500"),
                        20,
                        true,
                        0);
        try (Connection connection = TABLES.dataSource().getConnection();
                PreparedStatement statement = SEARCH.page(EXPLAIN, connection, second, null)) {
            assertThat(plan(statement))
                    .contains(
                            "Index Cond: (ROW(by_price, key) > ROW('500'::numeric, 'p500'::text))")
                    .doesNotContain("Sort")
                    .satisfies(SearchPlanTest::isOneTableByIndex);
        }
    }

    @Test
    void brands_and_categories_are_looked_up_in_the_index_of_references() throws SQLException {
        SearchFilter filter = SearchFilter.ANY.withBrands(List.of("b1", "b2")).withCategory("c1");
        assertThat(page(SearchSort.RATING, null, filter))
                .contains("_refs_idx")
                .satisfies(SearchPlanTest::isOneTableByIndex);
    }

    @Test
    void what_is_not_asked_for_is_no_part_of_the_plan() throws SQLException {
        assertThat(page(SearchSort.RATING, null, SearchFilter.ANY))
                .doesNotContain("refs", "by_price", "in_stock", "words", "IS NULL");
        assertThat(
                        page(
                                SearchSort.RATING,
                                null,
                                SearchFilter.ANY
                                        .withStock(true)
                                        .withPrice(BigDecimal.ONE, BigDecimal.TEN)))
                .contains("in_stock", "by_price >= '1'::numeric", "by_price <= '10'::numeric")
                .doesNotContain("IS NULL");
    }

    @Test
    void counting_goes_through_the_matches_once() throws SQLException {
        FacetCounts counts = new FacetCounts(TABLES.language, SearchTables.CODEC);
        try (Connection connection = TABLES.dataSource().getConnection();
                PreparedStatement rare =
                        counts.statement(EXPLAIN, connection, RARE, SearchFilter.ANY);
                PreparedStatement any =
                        counts.statement(EXPLAIN, connection, null, SearchFilter.ANY)) {
            assertThat(plan(rare))
                    .contains("_words_idx")
                    .containsOnlyOnce("Bitmap Heap Scan")
                    .satisfies(SearchPlanTest::isOneTableByIndex);
            assertThat(plan(any))
                    .containsOnlyOnce("_by_rating_key_idx")
                    .satisfies(SearchPlanTest::isOneTableByIndex);
        }
    }

    @Test
    void words_that_are_nearly_right_are_looked_up_in_the_index_of_trigrams() throws SQLException {
        Spelling spelling = new Spelling(TABLES.language);
        try (Connection connection = TABLES.dataSource().getConnection();
                PreparedStatement statement = spelling.near(EXPLAIN, connection, "garlick")) {
            assertThat(plan(statement))
                    .contains("_plain_idx")
                    .satisfies(SearchPlanTest::isOneTableByIndex);
        }
    }

    @Test
    void beginnings_of_words_are_looked_up_in_the_index_of_trigrams() throws SQLException {
        ProductSuggestions suggestions =
                new ProductSuggestions(TABLES.reader(), TABLES.language, SearchTables.CODEC);
        try (Connection connection = TABLES.dataSource().getConnection();
                PreparedStatement rare =
                        suggestions.statement(EXPLAIN, connection, "garlic oil 1");
                PreparedStatement common = suggestions.statement(EXPLAIN, connection, "oi")) {
            assertThat(plan(rare))
                    .contains("_plain_idx")
                    .satisfies(SearchPlanTest::isOneTableByIndex);
            assertThat(plan(common)).satisfies(SearchPlanTest::isOneTableByIndex);
        }
    }

    private static String page(SearchSort sort, @Nullable String words, SearchFilter filter)
            throws SQLException {
        SearchProducts query = new SearchProducts("any", filter, sort, null, 20, true, 0);
        try (Connection connection = TABLES.dataSource().getConnection();
                PreparedStatement statement = SEARCH.page(EXPLAIN, connection, query, words)) {
            return plan(statement);
        }
    }

    private static String plan(PreparedStatement explain) throws SQLException {
        StringBuilder plan = new StringBuilder();
        try (ResultSet row = explain.executeQuery()) {
            while (row.next()) {
                plan.append(row.getString(1)).append('\n');
            }
        }
        return plan.toString();
    }

    private static void isOneTableByIndex(String plan) {
        assertThat(plan)
                .contains("search_english")
                .doesNotContain("Seq Scan", "Join", "Nested Loop");
    }
}
