package dev.twofold.catalog.product;

import dev.twofold.Codec;
import dev.twofold.Metadata;
import dev.twofold.QueryHandler;
import dev.twofold.catalog.CatalogEvent;
import dev.twofold.postgres.TableAnswer;
import dev.twofold.postgres.TableReader;
import dev.twofold.postgres.ViewTable;
import java.lang.reflect.RecordComponent;
import java.math.BigDecimal;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Products that can be bought, filtered and in an order, page by page.
///
/// A page begins after the last item of the one before, by value and not by number: nothing is
/// skipped or shown twice when products come and go meanwhile. Safe for use by many threads.
public final class ProductListing
        implements QueryHandler<ListProducts, TableAnswer<ProductListing.Page>> {
    /// What the product pages' table has for this.
    private static final String DEFINITIONS =
            """
            ALTER TABLE ${table}
              ADD COLUMN sold boolean GENERATED ALWAYS AS
                (NOT (document ->> 'discontinued')::boolean) STORED,
              ADD COLUMN in_stock boolean GENERATED ALWAYS AS
                ((document ->> 'inStock')::boolean) STORED,
              ADD COLUMN by_rating numeric GENERATED ALWAYS AS
                (coalesce((document ->> 'averageRating')::numeric, 0)) STORED,
              ADD COLUMN by_price numeric GENERATED ALWAYS AS
                ((document ->> 'price')::numeric) STORED,
              ADD COLUMN by_name text COLLATE "C" GENERATED ALWAYS AS
                (lower(document ->> 'name')) STORED,
              ADD COLUMN category_id text GENERATED ALWAYS AS
                (document ->> 'categoryId') STORED;
            CREATE INDEX ON ${table} (by_rating, key) WHERE sold;
            CREATE INDEX ON ${table} (by_price, key) WHERE sold;
            CREATE INDEX ON ${table} (by_name, key) WHERE sold;
            CREATE INDEX ON ${table} (category_id, by_rating, key) WHERE sold;
            CREATE INDEX ON ${table} (category_id, by_price, key) WHERE sold;
            """;

    /// Planned for its values, so that a filter that is not asked for costs nothing, and one that
    /// few products pass is looked up in the index of references rather than met along the order.
    static final String PLANNED =
            """
            SET LOCAL plan_cache_mode = force_custom_plan;
            SET LOCAL max_parallel_workers_per_gather = 0;
            """;

    /// Planned for any values: one plan fits all categories, and following an index that begins
    /// with the category is always the way to the first products of it.
    static final String PLANNED_ONCE =
            """
            SET LOCAL plan_cache_mode = force_generic_plan;
            SET LOCAL max_parallel_workers_per_gather = 0;
            """;

    /// How many products are looked at below a category: there are as many for each of the
    /// categories below it as a page has, and one.
    private static final int MOST_LOOKED_AT = 1_000;

    /// What a page has and a listing does not show.
    private static final String[] NOT_SHOWN = notShown();

    /// The documents are made text when it is known which ones are shown, and without what is not.
    private static final String SHOWN =
            """
            SELECT (document - ?::text[])::text, value::text, key FROM (
            """;

    /// The categories below one and itself; none if they are too many to look at each.
    private static final String CATEGORIES =
            """
            WITH category AS MATERIALIZED (
              SELECT key AS id FROM product_page__category_path
              WHERE refs @> ARRAY[?::text] AND refs <> '{}' LIMIT ?
            )
            """;

    private static final String OF_EACH_CATEGORY =
            """
              SELECT first.* FROM category CROSS JOIN LATERAL (
            """;
    private static final String OF_ONE_CATEGORY =
            """
                FROM product_page
                WHERE sold AND category_id = category.id
                  AND (?::boolean IS NULL OR in_stock = ?::boolean)
            """;
    private static final String FEW_CATEGORIES =
            """
              WHERE (SELECT count(*) FROM category) <= ?
            """;
    private static final String BEST_RATED_BY_CATEGORY =
            CATEGORIES
                    + SHOWN
                    + OF_EACH_CATEGORY
                    + "SELECT document, by_rating AS value, key"
                    + OF_ONE_CATEGORY
                    + """
                          AND (by_rating, key) < (?::numeric, ?)
                        ORDER BY by_rating DESC, key DESC LIMIT ?) AS first
                    """
                    + FEW_CATEGORIES
                    + """
                      ORDER BY first.value DESC, first.key DESC LIMIT ?) AS page
                    """;
    private static final String CHEAPEST_BY_CATEGORY =
            CATEGORIES
                    + SHOWN
                    + OF_EACH_CATEGORY
                    + "SELECT document, by_price AS value, key"
                    + OF_ONE_CATEGORY
                    + """
                          AND (by_price, key) > (?::numeric, ?)
                        ORDER BY by_price, key LIMIT ?) AS first
                    """
                    + FEW_CATEGORIES
                    + """
                      ORDER BY first.value, first.key LIMIT ?) AS page
                    """;

    private static final String FILTERED =
            """
              FROM product_page
              WHERE sold
                AND (?::text[] IS NULL OR refs @> ?::text[] AND refs <> '{}')
                AND (?::boolean IS NULL OR in_stock = ?::boolean)
            """;

    private static final String BY_RATING =
            SHOWN
                    + "SELECT document, by_rating AS value, key"
                    + FILTERED
                    + """
                        AND (by_rating, key) < (?::numeric, ?)
                      ORDER BY by_rating DESC, key DESC LIMIT ?) AS page
                    """;
    private static final String BY_PRICE =
            SHOWN
                    + "SELECT document, by_price AS value, key"
                    + FILTERED
                    + """
                        AND (by_price, key) > (?::numeric, ?)
                      ORDER BY by_price, key LIMIT ?) AS page
                    """;
    private static final String BY_NAME =
            SHOWN
                    + "SELECT document, by_name AS value, key"
                    + FILTERED
                    + """
                        AND (by_name, key) > (?, ?)
                      ORDER BY by_name, key LIMIT ?) AS page
                    """;

    private static final Pattern NUMBER = Pattern.compile("-?[0-9]{1,30}(\\.[0-9]{1,30})?");
    private static final Pattern ANY = Pattern.compile(".*");

    private final TableReader reader;
    private final Codec codec;

    /// @param reader of the product pages' table
    public ProductListing(TableReader reader, Codec codec) {
        this.reader = reader;
        this.codec = codec;
    }

    @Override
    public TableAnswer<Page> answer(ListProducts query, Metadata metadata) {
        return reader.read(query.notBefore(), connection -> page(connection, query));
    }

    /// The table of the product pages, with what listings need.
    public static ViewTable<CatalogEvent, ProductPage> table(Codec codec) {
        return new ViewTable<>(ProductPage.VIEW, codec, DEFINITIONS);
    }

    /// An order of products, in which the first is the best rated, the cheapest or that with the
    /// first name.
    enum Sort {
        RATING("rating", "Best rated", BY_RATING, BEST_RATED_BY_CATEGORY, "Infinity", NUMBER),
        PRICE("price", "Cheapest", BY_PRICE, CHEAPEST_BY_CATEGORY, "-Infinity", NUMBER),
        NAME("name", "By name", BY_NAME, null, "", ANY);

        final String label;
        final String title;
        final String sql;

        /// Null if no index has the products of a category in this order.
        final @Nullable String byCategory;

        private final String first;
        final Pattern values;

        Sort(
                String label,
                String title,
                String sql,
                @Nullable String byCategory,
                String first,
                Pattern values) {
            this.label = label;
            this.title = title;
            this.sql = sql;
            this.byCategory = byCategory;
            this.first = first;
            this.values = values;
        }

        /// The place before the first product.
        Place start() {
            return new Place(first, "");
        }
    }

    /// A place in an order: that of the product with the key, which has the value to sort by.
    record Place(String value, String key) {}

    /// @param categoryId of the category or of one above it; null for any
    /// @param inStock null for both
    record Filter(
            @Nullable String categoryId, @Nullable String brandId, @Nullable Boolean inStock) {

        private String @Nullable [] references() {
            String[] references =
                    Stream.concat(
                                    Stream.ofNullable(categoryId)
                                            .map(ProductPage::categoryReference),
                                    Stream.ofNullable(brandId).map(ProductPage::brandReference))
                            .toArray(String[]::new);
            return references.length == 0 ? null : references;
        }
    }

    /// What a listing shows of a product.
    record Item(
            String id,
            String sku,
            String name,
            BigDecimal price,
            String currency,
            String formattedPrice,
            @Nullable BigDecimal salePrice,
            @Nullable String formattedSalePrice,
            boolean inStock,
            @Nullable String brandName,
            @Nullable String categoryName,
            @Nullable BigDecimal averageRating,
            int reviewCount) {}

    /// @param last the place of the last item if more items follow
    record Page(List<Item> items, @Nullable Place last) {
        Page {
            items = List.copyOf(items);
        }
    }

    /// By category first; a page without products may have been too many categories to look at.
    private Page page(Connection connection, ListProducts query) throws SQLException {
        if (query.isByCategory()) {
            try (PreparedStatement statement = byCategory(PLANNED_ONCE, connection, query)) {
                Page page = page(statement, query.limit());
                if (!page.items.isEmpty()) {
                    return page;
                }
            }
        }
        try (PreparedStatement statement = statement(PLANNED, connection, query)) {
            return page(statement, query.limit());
        }
    }

    /// The statement that finds a page by the category and those below it.
    ///
    /// @param prefix what is put in front, such as EXPLAIN
    static PreparedStatement byCategory(String prefix, Connection connection, ListProducts query)
            throws SQLException {
        int rows = query.limit() + 1;
        int most = Math.max(1, MOST_LOOKED_AT / rows);
        PreparedStatement statement =
                connection.prepareStatement(
                        prefix + Objects.requireNonNull(query.sort().byCategory));
        try {
            statement.setString(1, query.filter().categoryId());
            statement.setInt(2, most + 1);
            statement.setArray(3, connection.createArrayOf("text", NOT_SHOWN));
            statement.setObject(4, query.filter().inStock(), Types.BOOLEAN);
            statement.setObject(5, query.filter().inStock(), Types.BOOLEAN);
            statement.setString(6, query.after().value);
            statement.setString(7, query.after().key);
            statement.setInt(8, rows);
            statement.setInt(9, most);
            statement.setInt(10, rows);
            return statement;
        } catch (SQLException e) {
            statement.close();
            throw e;
        }
    }

    /// The statement that finds a page by what products refer to, or along the order.
    ///
    /// @param prefix what is put in front, such as EXPLAIN
    static PreparedStatement statement(String prefix, Connection connection, ListProducts query)
            throws SQLException {
        PreparedStatement statement = connection.prepareStatement(prefix + query.sort().sql);
        try {
            String[] references = query.filter().references();
            Array wanted = references == null ? null : connection.createArrayOf("text", references);
            statement.setArray(1, connection.createArrayOf("text", NOT_SHOWN));
            statement.setArray(2, wanted);
            statement.setArray(3, wanted);
            statement.setObject(4, query.filter().inStock(), Types.BOOLEAN);
            statement.setObject(5, query.filter().inStock(), Types.BOOLEAN);
            statement.setString(6, query.after().value);
            statement.setString(7, query.after().key);
            statement.setInt(8, query.limit() + 1);
            return statement;
        } catch (SQLException e) {
            statement.close();
            throw e;
        }
    }

    private Page page(PreparedStatement statement, int limit) throws SQLException {
        statement.execute();
        statement.getMoreResults(); // past what each SET has to say
        statement.getMoreResults();
        try (ResultSet row = statement.getResultSet()) {
            return page(row, limit);
        }
    }

    private Page page(ResultSet row, int limit) throws SQLException {
        List<Item> items = new ArrayList<>(limit);
        Place last = null;
        while (row.next()) {
            if (items.size() == limit) {
                return new Page(items, last);
            }
            items.add(codec.decode(row.getString(1), Item.class));
            last = new Place(row.getString(2), row.getString(3));
        }
        return new Page(items, null);
    }

    private static String[] notShown() {
        Set<String> shown =
                Stream.of(Item.class.getRecordComponents())
                        .map(RecordComponent::getName)
                        .collect(Collectors.toSet());
        return Stream.of(ProductPage.class.getRecordComponents())
                .map(RecordComponent::getName)
                .filter(name -> !shown.contains(name))
                .toArray(String[]::new);
    }
}
