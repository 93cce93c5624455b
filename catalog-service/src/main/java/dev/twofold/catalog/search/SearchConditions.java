package dev.twofold.catalog.search;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The part of a statement that says which products are meant.
///
/// Each condition is there twice, as "not asked for, or true": once the values are known,
/// PostgreSQL leaves those out that are not asked for before it plans.
final class SearchConditions {
    static final String SQL =
            """
              AND (?::tsquery IS NULL OR words @@ ?::tsquery)
              AND (?::text[] IS NULL OR refs @> ?::text[] AND refs <> '{}')
              AND (?::text[] IS NULL OR refs && ?::text[] AND refs <> '{}')
              AND (?::numeric IS NULL OR by_price >= ?::numeric)
              AND (?::numeric IS NULL OR by_price <= ?::numeric)
              AND (?::numeric IS NULL OR by_rating >= ?::numeric)
              AND (?::boolean IS NULL OR in_stock = ?::boolean)
            """;

    private SearchConditions() {}

    /// @param words a tsquery; null for none
    static List<@Nullable Object> values(@Nullable String words, SearchFilter filter) {
        List<@Nullable Object> values = new ArrayList<>();
        twice(values, words);
        twice(
                values,
                filter.categoryId() == null
                        ? null
                        : new String[] {"category:" + filter.categoryId()});
        twice(
                values,
                filter.brandIds().isEmpty()
                        ? null
                        : filter.brandIds().stream().map("brand:"::concat).toArray(String[]::new));
        twice(values, filter.minPrice());
        twice(values, filter.maxPrice());
        twice(values, filter.minRating());
        twice(values, filter.inStock());
        return values;
    }

    private static void twice(List<@Nullable Object> values, @Nullable Object value) {
        values.add(value);
        values.add(value);
    }

    /// The statement with its values; texts take the type that they are cast to.
    static PreparedStatement prepared(
            Connection connection, String sql, List<? extends @Nullable Object> values)
            throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        try {
            for (int i = 0; i < values.size(); i++) {
                switch (values.get(i)) {
                    case null -> statement.setNull(i + 1, Types.OTHER);
                    case String text -> statement.setObject(i + 1, text, Types.OTHER);
                    case String[] texts ->
                            statement.setArray(i + 1, connection.createArrayOf("text", texts));
                    case Object value -> statement.setObject(i + 1, value);
                }
            }
            return statement;
        } catch (SQLException e) {
            statement.close();
            throw e;
        }
    }
}
