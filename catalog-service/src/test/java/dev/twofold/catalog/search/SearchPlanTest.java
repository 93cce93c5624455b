package dev.twofold.catalog.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.twofold.catalog.search.SearchSort.Place;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// How each query of the search finds what it needs in a table of 20,000 products: by an index, and
/// without a join.
///
/// Every product has the word "oil", one in a thousand "garlic", and there are 50 brands. One in a
/// hundred has each of a thousand others: as in any language, that is as many as statistics keep,
/// so that the planner takes a word that it does not know for half as common.
class SearchPlanTest {
    private static final String FILL =
            """
            INSERT INTO search_english (key, document, refs, position)
            SELECT 'p' || n, jsonb_build_object(
              'id', 'p' || n, 'sku', 'S' || n,
              'name', CASE WHEN n % 1000 = 0 THEN 'garlic oil ' ELSE 'sunflower oil ' END || n,
              'description', 'made in plant ' || md5(n::text) || (
                SELECT string_agg(' word' || (n * 13 + k * 101) % 1000, '')
                FROM generate_series(1, 10) AS k), 'price', n % 1000,
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
    private static final String RARE_OR_NONE = RARE + " | 'zzz'";
    private static final String RARE_OR_COMMON = RARE + " | " + COMMON;

    /// Of one product in 250.
    private static final SearchFilter FEW_PRICES =
            SearchFilter.ANY.withPrice(BigDecimal.TEN, BigDecimal.valueOf(13));

    private static final SearchFilter MANY_PRICES =
            SearchFilter.ANY.withPrice(BigDecimal.TEN, BigDecimal.valueOf(900));

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

    /// What is asked for when no product has all the words.
    @ParameterizedTest
    @EnumSource(SearchSort.class)
    void any_of_some_words_is_looked_up_in_the_index_of_words(SearchSort sort) throws SQLException {
        assertThat(page(sort, RARE_OR_NONE, SearchFilter.ANY))
                .contains("Bitmap Index Scan", "_words_idx")
                .satisfies(SearchPlanTest::isOneTableByIndex);
    }

    @ParameterizedTest
    @EnumSource(SearchSort.class)
    void where_any_of_some_words_is_common_an_order_is_followed(SearchSort sort)
            throws SQLException {
        assertThat(page(sort, RARE_OR_COMMON, SearchFilter.ANY))
                .contains(sort == SearchSort.RELEVANCE ? "_by_rating_key_idx" : orderOf(sort))
                .doesNotContain("_words_idx")
                .satisfies(SearchPlanTest::isOneTableByIndex);
    }

    /// Also words that no product has, which the planner does not know.
    @ParameterizedTest
    @ValueSource(strings = {RARE, "'zzz'", RARE_OR_NONE, RARE + " & " + COMMON})
    void whether_a_few_have_rare_words_is_looked_up_in_the_index_of_words(String words)
            throws SQLException {
        assertThat(some(words))
                .contains("Limit", "Bitmap Index Scan", "_words_idx")
                .doesNotContain("Sort")
                .satisfies(SearchPlanTest::isOneTableByIndex);
    }

    @ParameterizedTest
    @ValueSource(strings = {COMMON, RARE_OR_COMMON})
    void whether_a_few_have_common_words_is_known_after_some_products(String words)
            throws SQLException {
        assertThat(some(words))
                .contains("Limit", "Index Scan using")
                .doesNotContain("Sort")
                .satisfies(SearchPlanTest::isOneTableByIndex);
    }

    @ParameterizedTest
    @EnumSource(value = SearchSort.class, names = "RELEVANCE", mode = EnumSource.Mode.EXCLUDE)
    void the_second_page_begins_in_the_index_where_the_first_has_ended(SearchSort sort)
            throws SQLException {
        for (String words : Arrays.asList(null, COMMON)) {
            assertThat(page(sort, words, SearchFilter.ANY, placeIn(sort)))
                    .contains(beginningOf(sort))
                    .doesNotContain("Sort")
                    .satisfies(SearchPlanTest::isOneTableByIndex);
        }
    }

    @ParameterizedTest
    @EnumSource(SearchSort.class)
    void the_second_page_of_rare_words_is_of_what_the_index_of_words_has(SearchSort sort)
            throws SQLException {
        assertThat(page(sort, RARE, SearchFilter.ANY, placeIn(sort)))
                .contains("Bitmap Index Scan", "_words_idx")
                .satisfies(SearchPlanTest::isOneTableByIndex);
    }

    @Test
    void the_second_page_by_relevance_ranks_the_best_rated_matches_again() throws SQLException {
        assertThat(
                        page(
                                SearchSort.RELEVANCE,
                                COMMON,
                                SearchFilter.ANY,
                                placeIn(SearchSort.RELEVANCE)))
                .contains("Limit", "_by_rating_key_idx", "ROW('0.5'::real, '3'::numeric, 'p500'")
                .satisfies(SearchPlanTest::isOneTableByIndex);
    }

    @ParameterizedTest
    @EnumSource(SearchSort.class)
    void brands_and_categories_are_looked_up_in_the_index_of_references(SearchSort sort)
            throws SQLException {
        SearchFilter filter = SearchFilter.ANY.withBrands(List.of("b1", "b2")).withCategory("c1");
        assertThat(page(sort, COMMON, filter, placeIn(sort)))
                .contains("_refs_idx")
                .satisfies(SearchPlanTest::isOneTableByIndex);
        if (sort != SearchSort.RELEVANCE) {
            assertThat(page(sort, null, filter))
                    .contains("_refs_idx")
                    .satisfies(SearchPlanTest::isOneTableByIndex);
        }
    }

    /// One product in 500 is in the range and in stock.
    @ParameterizedTest
    @EnumSource(SearchSort.class)
    void few_prices_are_a_stretch_of_the_index_of_prices(SearchSort sort) throws SQLException {
        assertThat(page(sort, COMMON, FEW_PRICES.withStock(true)))
                .contains("_by_price_key_idx", "(by_price >= '10'::numeric)", "in_stock")
                .satisfies(SearchPlanTest::isOneTableByIndex);
    }

    @ParameterizedTest
    @EnumSource(value = SearchSort.class, names = "RELEVANCE", mode = EnumSource.Mode.EXCLUDE)
    void many_prices_and_what_is_in_stock_are_met_along_the_order(SearchSort sort)
            throws SQLException {
        SearchFilter filter =
                SearchFilter.ANY.withPrice(BigDecimal.TEN, BigDecimal.valueOf(900)).withStock(true);
        for (String words : Arrays.asList(null, COMMON)) {
            assertThat(page(sort, words, filter, placeIn(sort)))
                    .contains(beginningOf(sort), "by_price >= '10'::numeric", "in_stock")
                    .doesNotContain("Sort")
                    .satisfies(SearchPlanTest::isOneTableByIndex);
        }
    }

    @ParameterizedTest
    @EnumSource(SearchSort.class)
    void rare_words_are_looked_up_whatever_else_is_asked_for(SearchSort sort) throws SQLException {
        SearchFilter filter = MANY_PRICES.withRating(BigDecimal.TWO).withStock(true);
        assertThat(page(sort, RARE, filter))
                .contains("_words_idx", "in_stock", "by_rating >= '2'::numeric")
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
        assertThat(count(RARE, SearchFilter.ANY))
                .contains("_words_idx")
                .satisfies(SearchPlanTest::isOneTableByIndex)
                .satisfies(SearchPlanTest::isReadOnce);
        assertThat(count(null, SearchFilter.ANY))
                .contains("_by_rating_key_idx")
                .satisfies(SearchPlanTest::isOneTableByIndex)
                .satisfies(SearchPlanTest::isReadOnce);
    }

    @ParameterizedTest
    @MethodSource
    void counting_with_filters_goes_through_what_an_index_has_of_them(
            @Nullable String words, SearchFilter filter, String index) throws SQLException {
        assertThat(count(words, filter))
                .contains("Limit")
                .contains(index)
                .satisfies(SearchPlanTest::isOneTableByIndex)
                .satisfies(SearchPlanTest::isReadOnce);
    }

    static Stream<Arguments> counting_with_filters_goes_through_what_an_index_has_of_them() {
        String references = "_refs_idx";
        String ratings = "_by_rating_key_idx";
        String prices = "_by_price_key_idx";
        return Stream.of(
                arguments(COMMON, SearchFilter.ANY.withCategory("c1"), references),
                arguments(COMMON, SearchFilter.ANY.withBrands(List.of("b1", "b2")), references),
                arguments(null, SearchFilter.ANY.withBrands(List.of("b1")), references),
                arguments(COMMON, FEW_PRICES, prices),
                arguments(null, FEW_PRICES.withStock(true), prices),
                arguments(COMMON, SearchFilter.ANY.withRating(BigDecimal.valueOf(4)), ratings),
                arguments(COMMON, SearchFilter.ANY.withStock(true), ratings),
                arguments(RARE, MANY_PRICES.withStock(true).withCategory("c1"), "_words_idx"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"garlic", "zzz"})
    void whether_a_word_is_spelled_right_is_looked_up_in_the_index_of_words(String word)
            throws SQLException {
        assertThat(known(word))
                .contains("Limit", "Bitmap Index Scan", "_words_idx")
                .doesNotContain("Sort")
                .satisfies(SearchPlanTest::isOneTableByIndex);
    }

    @Test
    void that_a_common_word_is_spelled_right_is_known_after_some_products() throws SQLException {
        assertThat(known("oil"))
                .contains("Limit", "Index Scan using")
                .doesNotContain("Sort")
                .satisfies(SearchPlanTest::isOneTableByIndex);
    }

    @ParameterizedTest
    @ValueSource(strings = {"garlick", "zzzzz"})
    void words_that_are_nearly_right_are_looked_up_in_the_index_of_trigrams(String word)
            throws SQLException {
        assertThat(near(word)).contains("_plain_idx").satisfies(SearchPlanTest::isOneTableByIndex);
    }

    @Test
    void words_that_are_nearly_common_ones_are_known_after_some_names() throws SQLException {
        assertThat(near("sunflowr"))
                .contains("Limit", "Index Scan using")
                .satisfies(SearchPlanTest::isOneTableByIndex);
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
            assertThat(plan(common))
                    .contains("Limit", "_by_rating_key_idx")
                    .doesNotContain("Sort")
                    .satisfies(SearchPlanTest::isOneTableByIndex);
        }
    }

    private static String page(SearchSort sort, @Nullable String words, SearchFilter filter)
            throws SQLException {
        return page(sort, words, filter, null);
    }

    private static String page(
            SearchSort sort, @Nullable String words, SearchFilter filter, @Nullable Place after)
            throws SQLException {
        SearchProducts query = new SearchProducts("any", filter, sort, after, 20, true, 0);
        try (Connection connection = TABLES.dataSource().getConnection();
                PreparedStatement statement = SEARCH.page(EXPLAIN, connection, query, words)) {
            return plan(statement);
        }
    }

    private static String some(String words) throws SQLException {
        try (Connection connection = TABLES.dataSource().getConnection();
                PreparedStatement statement = SEARCH.some(EXPLAIN, connection, words)) {
            return plan(statement);
        }
    }

    private static String count(@Nullable String words, SearchFilter filter) throws SQLException {
        FacetCounts counts = new FacetCounts(TABLES.language, SearchTables.CODEC);
        try (Connection connection = TABLES.dataSource().getConnection();
                PreparedStatement statement =
                        counts.statement(EXPLAIN, connection, words, filter)) {
            return plan(statement);
        }
    }

    private static String near(String word) throws SQLException {
        try (Connection connection = TABLES.dataSource().getConnection();
                PreparedStatement statement =
                        new Spelling(TABLES.language).near(EXPLAIN, connection, word)) {
            return plan(statement);
        }
    }

    private static String known(String word) throws SQLException {
        try (Connection connection = TABLES.dataSource().getConnection();
                PreparedStatement statement =
                        new Spelling(TABLES.language).known(EXPLAIN, connection, word)) {
            return plan(statement);
        }
    }

    /// A place in the middle.
    private static Place placeIn(SearchSort sort) {
        return switch (sort) {
            case RELEVANCE -> new Place(List.of("0.5", "3"), "p500");
            case RATING -> new Place(List.of("3"), "p500");
            case CHEAPEST, DEAREST -> new Place(List.of("500"), "p500");
            case NAME -> new Place(List.of("sunflower oil 500"), "p500");
        };
    }

    /// How the index of an order is entered at that place.
    private static String beginningOf(SearchSort sort) {
        return switch (sort) {
            case RELEVANCE -> throw new IllegalArgumentException("no index has the order");
            case RATING -> "(ROW(by_rating, key) < ROW('3'::numeric, 'p500'::text)";
            case CHEAPEST -> "(ROW(by_price, key) > ROW('500'::numeric, 'p500'::text)";
            case DEAREST -> "(ROW(by_price, key) < ROW('500'::numeric, 'p500'::text)";
            case NAME -> "(ROW(by_name, key) > ROW('sunflower oil 500'::text, 'p500'::text)";
        };
    }

    private static String orderOf(SearchSort sort) {
        return switch (sort) {
            case RELEVANCE -> throw new IllegalArgumentException("no index has the order");
            case RATING -> "_by_rating_key_idx";
            case CHEAPEST, DEAREST -> "_by_price_key_idx";
            case NAME -> "_by_name_key_idx";
        };
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

    private static void isReadOnce(String plan) {
        assertThat(plan.lines())
                .filteredOn(line -> line.contains("Heap Scan") || line.contains(" using "))
                .hasSize(1);
    }

    private static void isOneTableByIndex(String plan) {
        assertThat(plan)
                .contains("search_english")
                .doesNotContain("Seq Scan", "Join", "Nested Loop");
    }
}
