package dev.twofold.catalog.search;

import dev.twofold.Codec;
import dev.twofold.EventStoreException;
import dev.twofold.Metadata;
import dev.twofold.QueryHandler;
import dev.twofold.catalog.category.CategoryPath;
import dev.twofold.catalog.search.SuggestProducts.Kind;
import dev.twofold.catalog.search.SuggestProducts.Suggestion;
import dev.twofold.catalog.search.SuggestProducts.Suggestions;
import dev.twofold.postgres.TableAnswer;
import dev.twofold.postgres.TableReader;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Suggests categories, brands and names of products that have a word which begins as what was
/// typed; accents and case make no difference.
///
/// Looks at the 200 best rated products that have it in one of these. Safe for use by many threads.
final class ProductSuggestions implements QueryHandler<SuggestProducts, TableAnswer<Suggestions>> {
    private static final int LOOKED_AT = 200;
    private static final int MOST_OF_OTHER_KINDS = 2;

    private static final String FIND =
            """
            SELECT key, document ->> 'name', brand_id, brand_name, category_path::text
            FROM ${search}
            WHERE sold AND plain LIKE '%' || catalog.plain(?) || '%'
            ORDER BY by_rating DESC, key DESC LIMIT ?
            """;
    private static final Pattern ACCENTS = Pattern.compile("\\p{M}+");
    private static final Pattern PUNCTUATION = Pattern.compile("[^\\p{L}\\p{N}]+");

    private final TableReader reader;
    private final SearchLanguage language;
    private final Codec codec;

    /// @param reader of the language's view
    ProductSuggestions(TableReader reader, SearchLanguage language, Codec codec) {
        this.reader = reader;
        this.language = language;
        this.codec = codec;
    }

    /// @throws EventStoreException if the database is out of reach, or stopped the query because it
    ///   took too long
    @Override
    public TableAnswer<Suggestions> answer(SuggestProducts query, Metadata metadata) {
        return reader.read(query.notBefore(), connection -> answer(connection, query));
    }

    private Suggestions answer(Connection connection, SuggestProducts query) throws SQLException {
        String beginning = plain(query.prefix());
        if (beginning.isBlank()) {
            return new Suggestions(List.of());
        }
        Planning.apply(connection);
        Found found = new Found(beginning);
        try (PreparedStatement statement = statement("", connection, query.prefix());
                ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                found.name(row.getString(1), row.getString(2));
                found.brand(row.getString(3), row.getString(4));
                found.categories(row.getString(5), codec);
            }
        }
        return new Suggestions(found.best(query.limit()));
    }

    /// The statement that finds products.
    ///
    /// @param sqlPrefix what is put in front, such as EXPLAIN
    PreparedStatement statement(String sqlPrefix, Connection connection, String beginning)
            throws SQLException {
        return SearchConditions.prepared(
                connection, language.in(sqlPrefix + FIND), List.of(beginning, LOOKED_AT));
    }

    /// About what the database makes of a text; nearly all of its accents are known here too.
    private static String plain(String text) {
        String letters =
                ACCENTS.matcher(Normalizer.normalize(text, Normalizer.Form.NFKD)).replaceAll("");
        return " " + PUNCTUATION.matcher(letters.toLowerCase(Locale.ROOT)).replaceAll(" ").strip();
    }

    /// What was found, with the number of products of each.
    private static final class Found {
        private final String beginning;
        private final Map<Suggestion, Integer> categories = new LinkedHashMap<>();
        private final Map<Suggestion, Integer> brands = new LinkedHashMap<>();
        private final Map<String, List<String>> names = new LinkedHashMap<>();

        Found(String beginning) {
            this.beginning = beginning;
        }

        private boolean has(String text) {
            return plain(text).contains(beginning);
        }

        void name(String id, String name) {
            if (has(name)) {
                names.computeIfAbsent(name, _ -> new ArrayList<>()).add(id);
            }
        }

        void brand(@Nullable String id, @Nullable String name) {
            if (id != null && name != null && has(name)) {
                brands.merge(new Suggestion(name, Kind.BRAND, id), 1, Integer::sum);
            }
        }

        void categories(@Nullable String steps, Codec codec) {
            if (steps == null) {
                return;
            }
            CategoryPath path = codec.decode("{\"steps\":%s}".formatted(steps), CategoryPath.class);
            for (CategoryPath.Step step : path.steps()) {
                if (has(step.name())) {
                    categories.merge(
                            new Suggestion(step.name(), Kind.CATEGORY, step.id()), 1, Integer::sum);
                }
            }
        }

        /// A few categories and brands, and names of products, those that begin so first.
        List<Suggestion> best(int limit) {
            Stream<Suggestion> products =
                    names.entrySet().stream()
                            .map(
                                    entry ->
                                            new Suggestion(
                                                    entry.getKey(),
                                                    Kind.PRODUCT,
                                                    entry.getValue().size() == 1
                                                            ? entry.getValue().getFirst()
                                                            : null))
                            .sorted(Comparator.comparing(this::isLater));
            return Stream.of(most(categories), most(brands), products)
                    .flatMap(kind -> kind)
                    .limit(limit)
                    .toList();
        }

        private boolean isLater(Suggestion suggestion) {
            return !plain(suggestion.text()).startsWith(beginning);
        }

        private Stream<Suggestion> most(Map<Suggestion, Integer> counts) {
            return counts.entrySet().stream()
                    .sorted(
                            Comparator.comparing(
                                            (Map.Entry<Suggestion, Integer> entry) ->
                                                    isLater(entry.getKey()))
                                    .thenComparing(
                                            Map.Entry.<Suggestion, Integer>comparingByValue()
                                                    .reversed()))
                    .limit(MOST_OF_OTHER_KINDS)
                    .map(Map.Entry::getKey);
        }
    }
}
