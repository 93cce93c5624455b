package dev.twofold.catalog.product;

import dev.twofold.Codec;
import dev.twofold.Metadata;
import dev.twofold.QueryHandler;
import dev.twofold.catalog.CatalogEvent;
import dev.twofold.postgres.PlanFor;
import dev.twofold.postgres.TableAnswer;
import dev.twofold.postgres.TableReader;
import dev.twofold.postgres.TableStatement;
import dev.twofold.postgres.ViewTable;
import java.lang.reflect.RecordComponent;
import java.math.BigDecimal;
import java.sql.Array;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.EnumMap;
import java.util.Map;
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

    /// How many products are looked at below a category: there are as many for each of the
    /// categories below it as a page has, and one.
    private static final int MOST_LOOKED_AT = 1_000;

    /// What a page has and a listing does not show.
    private static final String[] NOT_SHOWN = notShown();

    /// The documents are made text when it is known which ones are shown, and without what is not:
    /// the text is what is answered. One product more than that says that there are more; where
    /// they begin is then the place of the last one shown.
    private static final String SHOWN =
            """
            SELECT '[' || coalesce(string_agg((document - ?::text[])::text, ','
                ) FILTER (WHERE n <= ?), '') || ']',
              count(*) > ?, max(value::text) FILTER (WHERE n = ?), max(key) FILTER (WHERE n = ?)
            FROM (SELECT *, row_number() OVER () AS n FROM (
            """;

    private static final String NUMBERED =
            """
            ) AS numbered
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
            SHOWN
                    + CATEGORIES
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
                    """
                    + NUMBERED;
    private static final String CHEAPEST_BY_CATEGORY =
            SHOWN
                    + CATEGORIES
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
                    """
                    + NUMBERED;

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
                    """
                    + NUMBERED;
    private static final String BY_PRICE =
            SHOWN
                    + "SELECT document, by_price AS value, key"
                    + FILTERED
                    + """
                        AND (by_price, key) > (?::numeric, ?)
                      ORDER BY by_price, key LIMIT ?) AS page
                    """
                    + NUMBERED;
    private static final String BY_NAME =
            SHOWN
                    + "SELECT document, by_name AS value, key"
                    + FILTERED
                    + """
                        AND (by_name, key) > (?, ?)
                      ORDER BY by_name, key LIMIT ?) AS page
                    """
                    + NUMBERED;

    private static final Pattern NUMBER = Pattern.compile("-?[0-9]{1,30}(\\.[0-9]{1,30})?");
    private static final Pattern ANY = Pattern.compile(".*");

    /// Planned for any values: one plan fits all categories, and following an index that begins
    /// with the category is always the way to the first products of it.
    private final Map<Sort, TableStatement> byCategory = new EnumMap<>(Sort.class);

    /// Planned for its values, so that a filter that is not asked for costs nothing, and one that
    /// few products pass is looked up in the index of references rather than met along the order.
    private final Map<Sort, TableStatement> filtered = new EnumMap<>(Sort.class);

    /// @param reader of the product pages' table
    public ProductListing(TableReader reader) {
        for (Sort sort : Sort.values()) {
            filtered.put(sort, reader.statement(PlanFor.THESE_VALUES, sort.sql));
            if (sort.byCategory != null) {
                byCategory.put(sort, reader.statement(PlanFor.ANY_VALUES, sort.byCategory));
            }
        }
    }

    /// By category first; a page without products may have been too many categories to look at.
    @Override
    public TableAnswer<Page> answer(ListProducts query, Metadata metadata) {
        if (query.isByCategory()) {
            TableAnswer<Page> answer =
                    statement(byCategory, query)
                            .read(
                                    query.notBefore(),
                                    (statement, first) -> bindByCategory(statement, first, query),
                                    ProductListing::page);
            if (!(answer instanceof TableAnswer.Read<Page>(var page, _, _)) || !page.isEmpty()) {
                return answer;
            }
        }
        return filtered(query);
    }

    /// What is found by what products refer to, or along the order.
    TableAnswer<Page> filtered(ListProducts query) {
        return statement(filtered, query)
                .read(
                        query.notBefore(),
                        (statement, first) -> bind(statement, first, query),
                        ProductListing::page);
    }

    private static TableStatement statement(
            Map<Sort, TableStatement> statements, ListProducts query) {
        return Objects.requireNonNull(statements.get(query.sort()));
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

    /// @param items as JSON: an array of what [Item] has
    /// @param last the place of the last item if more items follow
    record Page(String items, @Nullable Place last) {
        private static final String NONE = "[]";

        boolean isEmpty() {
            return items.equals(NONE);
        }
    }

    /// Sets the parameters of the statement that finds a page by the category and those below it.
    static void bindByCategory(PreparedStatement statement, int first, ListProducts query)
            throws SQLException {
        int rows = query.limit() + 1;
        int most = Math.max(1, MOST_LOOKED_AT / rows);
        int at = bindShown(statement, first, query);
        statement.setString(at++, query.filter().categoryId());
        statement.setInt(at++, most + 1);
        at = bindStockAndPlace(statement, at, query);
        statement.setInt(at++, rows);
        statement.setInt(at++, most);
        statement.setInt(at, rows);
    }

    /// Sets the parameters of the statement that finds a page by what products refer to, or along
    /// the order.
    static void bind(PreparedStatement statement, int first, ListProducts query)
            throws SQLException {
        String[] references = query.filter().references();
        Array wanted =
                references == null
                        ? null
                        : statement.getConnection().createArrayOf("text", references);
        int at = bindShown(statement, first, query);
        statement.setArray(at++, wanted);
        statement.setArray(at++, wanted);
        at = bindStockAndPlace(statement, at, query);
        statement.setInt(at, query.limit() + 1);
    }

    private static int bindShown(PreparedStatement statement, int first, ListProducts query)
            throws SQLException {
        int at = first;
        statement.setArray(at++, statement.getConnection().createArrayOf("text", NOT_SHOWN));
        for (int i = 0; i < 4; i++) {
            statement.setInt(at++, query.limit());
        }
        return at;
    }

    private static int bindStockAndPlace(PreparedStatement statement, int first, ListProducts query)
            throws SQLException {
        int at = first;
        statement.setObject(at++, query.filter().inStock(), Types.BOOLEAN);
        statement.setObject(at++, query.filter().inStock(), Types.BOOLEAN);
        statement.setString(at++, query.after().value);
        statement.setString(at++, query.after().key);
        return at;
    }

    private static Page page(ResultSet row, int first) throws SQLException {
        return new Page(
                row.getString(first),
                row.getBoolean(first + 1)
                        ? new Place(row.getString(first + 2), row.getString(first + 3))
                        : null);
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
