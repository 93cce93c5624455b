package dev.twofold.catalog.product;

import dev.twofold.Codec;
import dev.twofold.Metadata;
import dev.twofold.QueryHandler;
import dev.twofold.catalog.CatalogEvent;
import dev.twofold.postgres.TableAnswer;
import dev.twofold.postgres.TableReader;
import dev.twofold.postgres.ViewTable;
import java.math.BigDecimal;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
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
                (lower(document ->> 'name')) STORED;
            CREATE INDEX ON ${table} (by_rating, key) WHERE sold;
            CREATE INDEX ON ${table} (by_price, key) WHERE sold;
            CREATE INDEX ON ${table} (by_name, key) WHERE sold;
            """;

    /// Planned for its values, so that a filter that is not asked for costs nothing, and one that
    /// few products pass is looked up in the index of references rather than met along the order.
    static final String PLANNED =
            """
            SET LOCAL plan_cache_mode = force_custom_plan;
            SET LOCAL max_parallel_workers_per_gather = 0;
            """;

    /// The documents are made text when it is known which ones are shown.
    private static final String SHOWN =
            """
            SELECT document::text, value::text, key FROM (
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
        RATING("rating", "Best rated", BY_RATING, "Infinity", NUMBER),
        PRICE("price", "Cheapest", BY_PRICE, "-Infinity", NUMBER),
        NAME("name", "By name", BY_NAME, "", ANY);

        final String label;
        final String title;
        final String sql;
        private final String first;
        final Pattern values;

        Sort(String label, String title, String sql, String first, Pattern values) {
            this.label = label;
            this.title = title;
            this.sql = sql;
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
            int reviewCount) {

        private static Item of(ProductPage page) {
            return new Item(
                    page.id(),
                    page.sku(),
                    page.name(),
                    page.price(),
                    page.currency(),
                    page.formattedPrice(),
                    page.salePrice(),
                    page.formattedSalePrice(),
                    page.inStock(),
                    page.brandName(),
                    page.categoryName(),
                    page.averageRating(),
                    page.reviewCount());
        }
    }

    /// @param last the place of the last item if more items follow
    record Page(List<Item> items, @Nullable Place last) {
        Page {
            items = List.copyOf(items);
        }
    }

    private Page page(Connection connection, ListProducts query) throws SQLException {
        try (PreparedStatement statement = statement(PLANNED, connection, query)) {
            statement.execute();
            statement.getMoreResults(); // past what each SET has to say
            statement.getMoreResults();
            try (ResultSet row = statement.getResultSet()) {
                return page(row, query.limit());
            }
        }
    }

    /// The statement that finds a page.
    ///
    /// @param prefix what is put in front, such as EXPLAIN
    static PreparedStatement statement(String prefix, Connection connection, ListProducts query)
            throws SQLException {
        PreparedStatement statement = connection.prepareStatement(prefix + query.sort().sql);
        try {
            String[] references = query.filter().references();
            Array wanted = references == null ? null : connection.createArrayOf("text", references);
            statement.setArray(1, wanted);
            statement.setArray(2, wanted);
            statement.setObject(3, query.filter().inStock(), Types.BOOLEAN);
            statement.setObject(4, query.filter().inStock(), Types.BOOLEAN);
            statement.setString(5, query.after().value);
            statement.setString(6, query.after().key);
            statement.setInt(7, query.limit() + 1);
            return statement;
        } catch (SQLException e) {
            statement.close();
            throw e;
        }
    }

    private Page page(ResultSet row, int limit) throws SQLException {
        List<Item> items = new ArrayList<>(limit);
        Place last = null;
        while (row.next()) {
            if (items.size() == limit) {
                return new Page(items, last);
            }
            items.add(Item.of(codec.decode(row.getString(1), ProductPage.class)));
            last = new Place(row.getString(2), row.getString(3));
        }
        return new Page(items, null);
    }
}
