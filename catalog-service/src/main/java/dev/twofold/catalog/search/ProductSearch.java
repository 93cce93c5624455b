package dev.twofold.catalog.search;

import dev.twofold.Codec;
import dev.twofold.EventStoreException;
import dev.twofold.Metadata;
import dev.twofold.QueryHandler;
import dev.twofold.catalog.product.ProductPage;
import dev.twofold.catalog.search.SearchResult.Facets;
import dev.twofold.catalog.search.SearchResult.Hit;
import dev.twofold.catalog.search.SearchResult.Matching;
import dev.twofold.catalog.search.SearchSort.Place;
import dev.twofold.postgres.TableAnswer;
import dev.twofold.postgres.TableReader;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Finds products by their words, in one table without a join.
///
/// What a search costs is bounded: of more than [#MOST_RANKED] matches the best rated ones are
/// ranked, and of more than [FacetCounts#MOST_COUNTED] the best rated ones are counted. A page
/// begins after the last hit of the one before, by value: the rank of a product depends on itself
/// and on the words alone, so nothing is skipped or shown twice when others come and go meanwhile.
///
/// Safe for use by many threads.
final class ProductSearch implements QueryHandler<SearchProducts, TableAnswer<SearchResult>> {
    static final int MOST_RANKED = 5_000;

    /// With fewer matches than this the spelling of the words is looked at.
    static final int FEW = 3;

    /// How far products with some words are counted, in no order, to tell whether a few have them.
    ///
    /// The planner takes a word that it does not know for one that some products have. To find
    /// three of these it would read an index until it has met them, to its end if there are none;
    /// for so many it looks the word up.
    static final int ENOUGH = 100;

    private static final String WHOLE_NAME =
            "HighlightAll=true, StartSel=%c, StopSel=%c".formatted(Passages.START, Passages.STOP);
    private static final String SNIPPET =
            "MaxFragments=2, MaxWords=24, MinWords=10, FragmentDelimiter=\" … \", StartSel=%c, StopSel=%c"
                    .formatted(Passages.START, Passages.STOP);
    private static final String MARKS = "%c%c".formatted(Passages.START, Passages.STOP);

    private static final String PARSE =
            """
            SELECT websearch_to_tsquery(${configuration}, ?)::text
            """;
    private static final String SOME =
            """
            SELECT count(*) FROM (
              SELECT FROM ${search} WHERE sold AND words @@ ?::tsquery LIMIT ?) AS few
            """;

    /// What a page shows of the rows in `page`, which has the values to sort by. The last one of
    /// them only tells that there are more.
    private static final String SHOW =
            """
            SELECT document::text, first, second, key,
              CASE WHEN n <= ? THEN ts_headline(${configuration},
                translate(document ->> 'name', ?, ''), ?::tsquery, ?) END,
              CASE WHEN n <= ? THEN ts_headline(${configuration},
                translate(document ->> 'description', ?, ''), coalesce(?::tsquery, ''), ?) END
            FROM (SELECT *, row_number() OVER () AS n FROM (
            """;

    private static final String NUMBERED =
            """
            ) AS numbered
            """;

    /// Ranks keys, and reads the documents of those that are shown.
    private static final String BY_RELEVANCE =
            """
              SELECT document, key, rank::text AS first, by_rating::text AS second
              FROM (
                SELECT document, key, by_rating, ts_rank(words, ?::tsquery, 1) AS rank
                FROM ${search} WHERE key = ANY (ARRAY(
                  SELECT key FROM (
                    SELECT key, by_rating, ts_rank(words, ?::tsquery, 1) AS rank
                    FROM ${search} WHERE sold
            """
                    + SearchConditions.SQL
                    + """
                            ORDER BY by_rating DESC, key DESC LIMIT ?) AS matching
                          WHERE (rank, by_rating, key) < (?::real, ?::numeric, ?)
                          ORDER BY rank DESC, by_rating DESC, key DESC LIMIT ?))) AS shown
                      ORDER BY rank DESC, by_rating DESC, key DESC) AS page
                    """;

    private static final String BY_RATING =
            """
              SELECT document, key, by_rating::text AS first, NULL AS second
              FROM ${search} WHERE sold
            """
                    + SearchConditions.SQL
                    + """
                        AND (by_rating, key) < (?::numeric, ?)
                      ORDER BY by_rating DESC, key DESC LIMIT ?) AS page
                    """;
    private static final String CHEAPEST =
            """
              SELECT document, key, by_price::text AS first, NULL AS second
              FROM ${search} WHERE sold
            """
                    + SearchConditions.SQL
                    + """
                        AND (by_price, key) > (?::numeric, ?)
                      ORDER BY by_price, key LIMIT ?) AS page
                    """;
    private static final String DEAREST =
            """
              SELECT document, key, by_price::text AS first, NULL AS second
              FROM ${search} WHERE sold
            """
                    + SearchConditions.SQL
                    + """
                        AND (by_price, key) < (?::numeric, ?)
                      ORDER BY by_price DESC, key DESC LIMIT ?) AS page
                    """;
    private static final String BY_NAME =
            """
              SELECT document, key, by_name AS first, NULL AS second
              FROM ${search} WHERE sold
            """
                    + SearchConditions.SQL
                    + """
                        AND (by_name, key) > (?, ?)
                      ORDER BY by_name, key LIMIT ?) AS page
                    """;

    private final TableReader reader;
    private final SearchLanguage language;
    private final Codec codec;
    private final Spelling spelling;
    private final FacetCounts counts;

    /// @param reader of the language's view
    ProductSearch(TableReader reader, SearchLanguage language, Codec codec) {
        this.reader = reader;
        this.language = language;
        this.codec = codec;
        this.spelling = new Spelling(language);
        this.counts = new FacetCounts(language, codec);
    }

    /// @throws EventStoreException if the database is out of reach, or stopped the query because it
    ///   took too long
    @Override
    public TableAnswer<SearchResult> answer(SearchProducts query, Metadata metadata) {
        return reader.read(query.notBefore(), connection -> answer(connection, query));
    }

    private SearchResult answer(Connection connection, SearchProducts query) throws SQLException {
        String text = query.text();
        String words = null;
        if (text == null) {
            Planning.apply(connection);
        } else {
            words = parse(Planning.SETTINGS + ";\n" + PARSE, connection, text);
        }
        Page page = page(connection, query, words);
        if (text == null
                || words == null
                || query.after() != null
                || page.hits.size() >= FEW
                || matches(connection, words) >= FEW) {
            return result(connection, query, words, page, text, Matching.AS_ASKED, null);
        }
        boolean found = matches(connection, words) > 0;
        Optional<String> corrected = spelling.correct(connection, text, found ? FEW : 1);
        if (found) {
            return result(
                    connection,
                    query,
                    words,
                    page,
                    text,
                    Matching.AS_ASKED,
                    corrected.orElse(null));
        }
        if (corrected.isPresent()) {
            String others = parse(connection, corrected.get());
            if (matches(connection, others) > 0) {
                return result(
                        connection,
                        query,
                        others,
                        page(connection, query, others),
                        corrected.get(),
                        Matching.CORRECTED,
                        null);
            }
        }
        Optional<String> any = Spelling.anyWord(corrected.orElse(text));
        if (any.isPresent()) {
            String others = parse(connection, any.get());
            if (matches(connection, others) > 0) {
                return result(
                        connection,
                        query,
                        others,
                        page(connection, query, others),
                        any.get(),
                        Matching.SOME_WORDS,
                        null);
            }
        }
        return result(connection, query, words, page, text, Matching.AS_ASKED, null);
    }

    private SearchResult result(
            Connection connection,
            SearchProducts query,
            @Nullable String words,
            Page page,
            @Nullable String text,
            Matching matching,
            @Nullable String didYouMean)
            throws SQLException {
        Facets facets = query.facets() ? counts.count(connection, words, query.filter()) : null;
        return new SearchResult(page.hits, text, matching, didYouMean, facets, page.last);
    }

    /// The words as the database understands them; empty if none of them counts, as "the" alone.
    private String parse(Connection connection, String text) throws SQLException {
        return parse(PARSE, connection, text);
    }

    /// @param sql with `PARSE` as the last of its statements
    private String parse(String sql, Connection connection, String text) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(language.in(sql))) {
            statement.setString(1, text);
            statement.execute();
            while (statement.getUpdateCount() >= 0) {
                statement.getMoreResults(); // past what each SET has to say
            }
            try (ResultSet row = statement.getResultSet()) {
                row.next();
                return row.getString(1);
            }
        }
    }

    /// How many products have the words, whatever else is asked for; counts no further than
    /// [#ENOUGH].
    private long matches(Connection connection, String words) throws SQLException {
        try (PreparedStatement statement = some("", connection, words)) {
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        }
    }

    /// The statement that counts some of the products with the words.
    ///
    /// @param prefix what is put in front, such as EXPLAIN
    PreparedStatement some(String prefix, Connection connection, String words) throws SQLException {
        return prepared(connection, prefix + SOME, List.of(words, ENOUGH));
    }

    private record Page(List<Hit> hits, @Nullable Place last) {}

    private Page page(Connection connection, SearchProducts query, @Nullable String words)
            throws SQLException {
        List<Hit> hits = new ArrayList<>(query.limit());
        Place last = null;
        try (PreparedStatement statement = page("", connection, query, words);
                ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                if (hits.size() == query.limit()) {
                    return new Page(hits, last);
                }
                hits.add(hit(row));
                String second = row.getString(3);
                last =
                        new Place(
                                second == null
                                        ? List.of(row.getString(2))
                                        : List.of(row.getString(2), second),
                                row.getString(4));
            }
        }
        return new Page(hits, null);
    }

    /// The statement that finds a page.
    ///
    /// @param prefix what is put in front, such as EXPLAIN
    PreparedStatement page(
            String prefix, Connection connection, SearchProducts query, @Nullable String words)
            throws SQLException {
        Place after = query.after() == null ? query.sort().start() : query.after();
        List<@Nullable Object> values = new ArrayList<>();
        int shown = query.limit();
        values.addAll(listOf(shown, MARKS, words, WHOLE_NAME, shown, MARKS, words, SNIPPET));
        if (query.sort() == SearchSort.RELEVANCE) {
            values.add(words);
            values.add(words);
        }
        values.addAll(SearchConditions.values(words, query.filter()));
        if (query.sort() == SearchSort.RELEVANCE) {
            values.add(MOST_RANKED);
        }
        values.addAll(after.values());
        values.add(after.key());
        values.add(shown + 1);
        String sql =
                switch (query.sort()) {
                    case RELEVANCE -> BY_RELEVANCE;
                    case RATING -> BY_RATING;
                    case CHEAPEST -> CHEAPEST;
                    case DEAREST -> DEAREST;
                    case NAME -> BY_NAME;
                };
        return prepared(connection, prefix + SHOW + sql + NUMBERED, values);
    }

    private PreparedStatement prepared(
            Connection connection, String sql, List<? extends @Nullable Object> values)
            throws SQLException {
        return SearchConditions.prepared(connection, language.in(sql), values);
    }

    private static List<@Nullable Object> listOf(@Nullable Object... values) {
        List<@Nullable Object> list = new ArrayList<>();
        for (Object value : values) {
            list.add(value);
        }
        return list;
    }

    private Hit hit(ResultSet row) throws SQLException {
        ProductPage page = codec.decode(row.getString(1), ProductPage.class);
        return new Hit(
                page.id(),
                page.sku(),
                page.name(),
                page.price(),
                page.currency(),
                page.formattedPrice(),
                page.salePrice(),
                page.formattedSalePrice(),
                page.inStock(),
                page.brandId(),
                page.brandName(),
                page.categoryId(),
                page.categoryName(),
                page.averageRating(),
                page.reviewCount(),
                Passages.withHits(row.getString(5)),
                Passages.of(row.getString(6)));
    }
}
