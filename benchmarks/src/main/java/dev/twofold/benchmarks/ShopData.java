package dev.twofold.benchmarks;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.sql.DataSource;

/// For benchmarks only: the same products and reviews as events in an empty log of the catalog, and
/// as rows of the tables of a shop.
///
/// 20 categories have 10 below each; products are spread over these evenly, as are reviews over
/// products, but for a few products that have [#REVIEWS_OF_POPULAR] each. Every tenth product is
/// out of stock.
///
/// @param products at least 1,000
/// @param reviews at least 10,000
record ShopData(int products, int reviews) {
    static final int REVIEWS_OF_POPULAR = 5_000;
    private static final int TOP_CATEGORIES = 20;
    private static final int SUBCATEGORIES = 10;

    private static final List<String> MATERIALS =
            List.of(
                    "Copper", "Wooden", "Steel", "Cotton", "Linen", "Ceramic", "Glass", "Bamboo",
                    "Leather", "Woolen");
    private static final List<String> THINGS =
            List.of(
                    "Lamp",
                    "Chair",
                    "Kettle",
                    "Table",
                    "Blanket",
                    "Mug",
                    "Shelf",
                    "Clock",
                    "Basket",
                    "Mirror",
                    "Pillow",
                    "Vase",
                    "Bowl",
                    "Knife",
                    "Jacket",
                    "Backpack",
                    "Desk",
                    "Stool",
                    "Rug",
                    "Curtain",
                    "Teapot",
                    "Plate",
                    "Candle",
                    "Frame",
                    "Bench");

    /// Products and reviews as they are told to both.
    private static final String COMMON =
            """
            CREATE TABLE given_product AS
            SELECT
                n, 'p' || to_char(n, 'FM0000000') AS id, 'SKU-' || n AS sku,
                (ARRAY['Sturdy','Light','Elegant','Compact','Classic','Modern','Rustic','Sleek',
                    'Quiet','Bright','Soft','Slim','Robust','Handy','Simple','Fine','Plain','Grand',
                    'Small','Swift'])[1 + n % 20] || ' ' ||
                (ARRAY[${materials}])[1 + n / 20 % 10] || ' ' ||
                (ARRAY[${things}])[1 + n / 200 % 25]
                    AS name,
                'Number ' || n || ' of its kind, made with care by people who know their trade. '
                    || 'It lasts for years, is easy to clean and looks good in every room. '
                    || 'Comes with a warranty of two years and a free return within thirty days.'
                    AS description,
                round((n % 20000 + 99) / 100.0, 2) AS price,
                CASE WHEN n % 10 = 0 THEN 0 ELSE n % 500 + 1 END AS stock,
                'brand-' || n % 100 AS brand_id,
                'category-' || n / 7 % ${tops} || '-' || n / 7 / ${tops} % ${subs} AS category_id
            FROM generate_series(1, ${products}) AS n;
            CREATE TABLE given_review AS
            SELECT
                n, 'p' || to_char(
                    1 + n % CASE WHEN n <= ${of_popular} THEN ${popular} ELSE ${products} END,
                    'FM0000000')
                    AS product_id,
                'c' || n AS customer_id,
                1 + (n::bigint * 7919 / 3 + n % 97) % 5 AS rating,
                'It does what it says, and more; would buy again.' AS text
            FROM generate_series(1, ${reviews}) AS n;
            """;

    private static final String TABLES =
            """
            CREATE SCHEMA shop;
            CREATE TABLE shop.brand (id text PRIMARY KEY, name text NOT NULL);
            CREATE TABLE shop.category (
                id text PRIMARY KEY, parent_id text REFERENCES shop.category, name text NOT NULL);
            CREATE TABLE shop.product (
                id text PRIMARY KEY, sku text NOT NULL UNIQUE, name text NOT NULL,
                description text NOT NULL, price numeric NOT NULL, currency text NOT NULL,
                brand_id text NOT NULL REFERENCES shop.brand,
                category_id text NOT NULL REFERENCES shop.category,
                version bigint NOT NULL);
            CREATE TABLE shop.inventory (
                product_id text PRIMARY KEY REFERENCES shop.product, stock int NOT NULL);
            CREATE TABLE shop.review (
                id bigint PRIMARY KEY, product_id text NOT NULL REFERENCES shop.product,
                customer_id text NOT NULL, rating int NOT NULL, text text NOT NULL);
            INSERT INTO shop.brand SELECT 'brand-' || n, 'Brand ' || n FROM generate_series(0, 99) n;
            INSERT INTO shop.category
            SELECT 'category-' || t, NULL, 'Category ' || t FROM generate_series(0, ${tops} - 1) t;
            INSERT INTO shop.category
            SELECT 'category-' || t || '-' || s, 'category-' || t, 'Category ' || t || '.' || s
            FROM generate_series(0, ${tops} - 1) t, generate_series(0, ${subs} - 1) s;
            INSERT INTO shop.product
            SELECT id, sku, name, description, price, 'EUR', brand_id, category_id, 1
            FROM given_product;
            INSERT INTO shop.inventory SELECT id, stock FROM given_product;
            INSERT INTO shop.review
            SELECT n, product_id, customer_id, rating, text FROM given_review;
            CREATE INDEX ON shop.product (brand_id);
            CREATE INDEX ON shop.product (category_id);
            CREATE INDEX ON shop.review (product_id);
            CREATE INDEX ON shop.category (parent_id);
            CREATE INDEX ON shop.product
            USING gin (to_tsvector('english', name || ' ' || description));
            """;
    private static final String EVENTS =
            """
            CREATE TABLE given_event AS
            SELECT
                row_number() OVER (ORDER BY kind, n) AS position, uuidv7() AS id, stream, type,
                data::text AS data, tags
            FROM (
                SELECT
                    0 AS kind, n, 'brand-brand-' || n AS stream, 'brand-created' AS type,
                    json_build_object('brandId', 'brand-' || n, 'name', 'Brand ' || n) AS data,
                    '{}'::text[] AS tags
                FROM generate_series(0, 99) n
                UNION ALL
                SELECT
                    1, t, 'category-category-' || t, 'category-created',
                    json_build_object('categoryId', 'category-' || t, 'parentId', NULL,
                        'name', 'Category ' || t), '{}'
                FROM generate_series(0, ${tops} - 1) t
                UNION ALL
                SELECT
                    2, t * 100 + s, 'category-category-' || t || '-' || s, 'category-created',
                    json_build_object('categoryId', 'category-' || t || '-' || s,
                        'parentId', 'category-' || t, 'name', 'Category ' || t || '.' || s), '{}'
                FROM generate_series(0, ${tops} - 1) t, generate_series(0, ${subs} - 1) s
                UNION ALL
                SELECT
                    3, n, 'product-' || id, 'product-created',
                    json_build_object('productId', id, 'sku', sku, 'details', json_build_object(
                        'name', name, 'description', description,
                        'price', json_build_object('amount', price, 'currency', 'EUR'),
                        'salePrice', NULL, 'stock', stock, 'brandId', brand_id,
                        'categoryId', category_id, 'attributes', '{}'::json)),
                    ARRAY['sku:' || sku]
                FROM given_product
                UNION ALL
                SELECT
                    4, n, format('review-%s-%s-%s', length(product_id), product_id, customer_id),
                    'review-submitted',
                    json_build_object('productId', product_id, 'customerId', customer_id,
                        'rating', rating, 'text', text),
                    ARRAY['reviewed:' || product_id]
                FROM given_review
            ) AS event;
            INSERT INTO twofold.event (
                position, id, stream, version, type, revision, data, tags, recorded_at, checksum)
            SELECT
                position, id, stream, 1, type, 1, data::json, tags, now(),
                twofold.event_checksum(
                    position, id, stream, 1, type, 1, data, tags, NULL, NULL, NULL, NULL, now())
            FROM given_event ORDER BY position;
            INSERT INTO twofold.event_tag (tag, position)
            SELECT tag, position FROM given_event, unnest(tags) AS tag ORDER BY tag, position;
            DROP TABLE given_event, given_product, given_review;
            """;
    private static final List<String> REST =
            List.of(
                    "VACUUM (ANALYZE) twofold.event, twofold.event_tag",
                    "VACUUM (ANALYZE) shop.brand, shop.category, shop.product, shop.inventory,"
                            + " shop.review",
                    "CHECKPOINT");

    ShopData {
        if (products < 1_000 || reviews < 10_000) {
            throw new IllegalArgumentException(
                    ("a shop has at least 1,000 products and 10,000 reviews here, but was to have"
                                    + " %,d and %,d")
                            .formatted(products, reviews));
        }
    }

    /// How many products have [#REVIEWS_OF_POPULAR] reviews at least: the first ones.
    int popular() {
        return Math.max(1, reviews / 20 / REVIEWS_OF_POPULAR);
    }

    long events() {
        return 100L + TOP_CATEGORIES * (1 + SUBCATEGORIES) + products + reviews;
    }

    static String product(int number) {
        return "p%07d".formatted(number);
    }

    /// The addresses of the listings of all categories at the bottom.
    static List<String> categories() {
        return IntStream.range(0, TOP_CATEGORIES * SUBCATEGORIES)
                .mapToObj(n -> "category-%d-%d".formatted(n / SUBCATEGORIES, n % SUBCATEGORIES))
                .toList();
    }

    /// Each of the 250 pairs of words that are in the names of one product in 250.
    static List<String> searches() {
        return MATERIALS.stream()
                .flatMap(material -> THINGS.stream().map(thing -> material + " " + thing))
                .toList();
    }

    void fill(DataSource dataSource) {
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement()) {
            for (String sql : List.of(COMMON, TABLES, EVENTS)) {
                statement.execute(filledIn(sql));
            }
            for (String sql : REST) {
                statement.execute(sql);
            }
        } catch (SQLException e) {
            throw new IllegalStateException("the shops could not be filled", e);
        }
    }

    private String filledIn(String sql) {
        return sql.replace("${products}", Integer.toString(products))
                .replace("${reviews}", Integer.toString(reviews))
                .replace("${tops}", Integer.toString(TOP_CATEGORIES))
                .replace("${subs}", Integer.toString(SUBCATEGORIES))
                .replace("${popular}", Integer.toString(popular()))
                .replace("${of_popular}", Integer.toString(popular() * REVIEWS_OF_POPULAR))
                .replace("${materials}", quoted(MATERIALS))
                .replace("${things}", quoted(THINGS));
    }

    private static String quoted(List<String> words) {
        return words.stream().map(word -> "'" + word + "'").collect(Collectors.joining(","));
    }
}
