package dev.twofold.catalog.search;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The part of a statement that says which products are meant.
///
/// Each condition is there twice, as "not asked for, or true": once the values are known,
/// PostgreSQL leaves those out that are not asked for before it plans.
final class SearchConditions {
    static final String SQL =
            """
              AND (?::tsquery IS NULL OR words @@ ?::tsquery)
              AND (?::tsquery IS NULL OR words @@ ?::tsquery)
              AND (?::tsquery IS NULL OR words @@ ?::tsquery)
              AND (?::text[] IS NULL OR refs @> ?::text[] AND refs <> '{}')
              AND (?::text[] IS NULL OR refs && ?::text[] AND refs <> '{}')
              AND (?::numeric IS NULL OR by_price >= ?::numeric)
              AND (?::numeric IS NULL OR by_price <= ?::numeric)
              AND (?::numeric IS NULL OR by_rating >= ?::numeric)
              AND (?::boolean IS NULL OR in_stock = ?::boolean)
            """;

    /// How many conditions for words there are.
    private static final int MOST_WORDS = 3;

    /// A word as PostgreSQL writes it: a quote or a backslash in it is there twice.
    private static final Pattern WORD = Pattern.compile("'(?:[^'\\\\]|''|\\\\\\\\)++'");

    private static final String AND = " & ";
    private static final Pattern ALL_OF = Pattern.compile("(?:%s%s)+%s".formatted(WORD, AND, WORD));

    private SearchConditions() {}

    /// @param words a tsquery; null for none
    static List<@Nullable Object> values(@Nullable String words, SearchFilter filter) {
        List<@Nullable Object> values = new ArrayList<>();
        List<String> each = words == null ? List.of() : each(words);
        for (int i = 0; i < MOST_WORDS; i++) {
            twice(values, i < each.size() ? each.get(i) : null);
        }
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

    /// A query for some words, of which all have to be there, as a query for each; any other query,
    /// such as for a phrase, as it is. What is too many is in the last one.
    ///
    /// PostgreSQL goes through the index's lists of two conditions together, skipping in one what
    /// is not in the other; of one query for both words it looks at each entry of the shorter list.
    static List<String> each(String words) {
        if (!ALL_OF.matcher(words).matches()) {
            return List.of(words);
        }
        List<String> each = WORD.matcher(words).results().map(MatchResult::group).toList();
        int alone = Math.min(each.size(), MOST_WORDS) - 1;
        return Stream.concat(
                        each.stream().limit(alone),
                        Stream.of(String.join(AND, each.subList(alone, each.size()))))
                .toList();
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
