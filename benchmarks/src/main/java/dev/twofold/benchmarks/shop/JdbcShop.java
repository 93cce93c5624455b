package dev.twofold.benchmarks.shop;

import dev.twofold.benchmarks.shop.ProductPage.Step;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

/// By SQL, with the five joins that a page takes. The database aggregates the reviews.
final class JdbcShop implements Shop {
    private static final String DETAIL =
            """
            SELECT
                p.id, p.sku, p.name, p.description, p.price, p.currency, p.version, i.stock,
                p.brand_id, b.name AS brand_name, p.category_id, c.name AS category_name,
                t.id AS top_id, t.name AS top_name,
                coalesce(sum(r.rating), 0) AS rating_total, count(r.id) AS review_count
            FROM shop.product p
            JOIN shop.inventory i ON i.product_id = p.id
            JOIN shop.brand b ON b.id = p.brand_id
            JOIN shop.category c ON c.id = p.category_id
            JOIN shop.category t ON t.id = c.parent_id
            LEFT JOIN shop.review r ON r.product_id = p.id
            WHERE p.id = ?
            GROUP BY p.id, i.product_id, b.id, c.id, t.id
            """;
    private static final String BEST_RATED =
            """
            SELECT
                p.id, p.sku, p.name, p.description, p.price, p.currency, p.version, i.stock,
                p.brand_id, b.name AS brand_name, p.category_id, c.name AS category_name,
                t.id AS top_id, t.name AS top_name,
                coalesce(sum(r.rating), 0) AS rating_total, count(r.id) AS review_count
            FROM shop.product p
            JOIN shop.inventory i ON i.product_id = p.id
            JOIN shop.brand b ON b.id = p.brand_id
            JOIN shop.category c ON c.id = p.category_id
            JOIN shop.category t ON t.id = c.parent_id
            LEFT JOIN shop.review r ON r.product_id = p.id
            WHERE (c.id = ? OR t.id = ?) AND i.stock > 0
            GROUP BY p.id, i.product_id, b.id, c.id, t.id
            ORDER BY avg(r.rating) DESC NULLS LAST, p.id DESC
            LIMIT ?
            """;
    private static final String SEARCH =
            """
            SELECT
                p.id, p.sku, p.name, p.description, p.price, p.currency, p.version, i.stock,
                p.brand_id, b.name AS brand_name, p.category_id, c.name AS category_name,
                t.id AS top_id, t.name AS top_name,
                coalesce(sum(r.rating), 0) AS rating_total, count(r.id) AS review_count
            FROM shop.product p
            JOIN shop.inventory i ON i.product_id = p.id
            JOIN shop.brand b ON b.id = p.brand_id
            JOIN shop.category c ON c.id = p.category_id
            JOIN shop.category t ON t.id = c.parent_id
            LEFT JOIN shop.review r ON r.product_id = p.id
            WHERE to_tsvector('english', p.name || ' ' || p.description)
                @@ websearch_to_tsquery('english', ?)
            GROUP BY p.id, i.product_id, b.id, c.id, t.id
            ORDER BY
                ts_rank(
                    to_tsvector('english', p.name || ' ' || p.description),
                    websearch_to_tsquery('english', ?)) DESC,
                p.id
            LIMIT ?
            """;

    private final JdbcClient database;

    JdbcShop(DataSource dataSource) {
        this.database = JdbcClient.create(dataSource);
    }

    @Override
    public @Nullable ProductPage find(String id) {
        return database.sql(DETAIL).param(id).query(JdbcShop::page).optional().orElse(null);
    }

    @Override
    public List<ProductPage> bestRated(String categoryId, int limit) {
        return database.sql(BEST_RATED)
                .params(categoryId, categoryId, limit)
                .query(JdbcShop::page)
                .list();
    }

    @Override
    public List<ProductPage> search(String words, int limit) {
        return database.sql(SEARCH).params(words, words, limit).query(JdbcShop::page).list();
    }

    @Override
    public void changePrice(String id, BigDecimal price) {
        database.sql("UPDATE shop.product SET price = ?, version = version + 1 WHERE id = ?")
                .params(price, id)
                .update();
    }

    private static ProductPage page(ResultSet row, int number) throws SQLException {
        BigDecimal price = row.getBigDecimal("price");
        String currency = row.getString("currency");
        long reviews = row.getLong("review_count");
        return new ProductPage(
                row.getString("id"),
                row.getString("sku"),
                row.getString("name"),
                row.getString("description"),
                price,
                currency,
                ProductPage.formatted(price, currency),
                row.getInt("stock"),
                row.getInt("stock") > 0,
                row.getString("brand_id"),
                row.getString("brand_name"),
                row.getString("category_id"),
                row.getString("category_name"),
                List.of(
                        new Step(row.getString("top_id"), row.getString("top_name")),
                        new Step(row.getString("category_id"), row.getString("category_name"))),
                ProductPage.average(row.getLong("rating_total"), reviews),
                reviews,
                row.getLong("version"));
    }
}
