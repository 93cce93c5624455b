package dev.twofold.catalog.search;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Words that products have in place of words that they do not, spelled nearly the same.
///
/// Candidates are words of names, brands and categories that share trigrams with the word; the one
/// that is fewest edits away is taken, and of those the one that most of the products looked at
/// have. Costs two statements a word, for five words at most.
final class Spelling {
    private static final int MOST_WORDS = 5;
    private static final int SHORTEST = 3;
    private static final int LONGEST = 40;
    private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{M}\\p{N}]+");

    /// What changes the meaning of the words beside it.
    private static final Pattern OPERATOR =
            Pattern.compile("[\"]|(^|\\s)-|(^|\\s)or(\\s|$)", Pattern.CASE_INSENSITIVE);

    /// Less than PostgreSQL asks for unless told (0.6): a short word with two letters swapped
    /// shares few trigrams with the right one.
    private static final String ALLOW_MORE =
            """
            SET LOCAL pg_trgm.word_similarity_threshold = 0.4
            """;

    private static final String KNOWN =
            """
            SELECT btrim(catalog.plain(?)), numnode(plainto_tsquery(${configuration}, ?)), (
              SELECT count(*) FROM (
                SELECT FROM ${search}
                WHERE sold AND words @@ plainto_tsquery(${configuration}, ?) LIMIT ?) AS few)
            """;
    private static final String NEAR =
            """
            SELECT word, count(*)
            FROM (
              SELECT regexp_split_to_table(btrim(plain), ' ') AS word
              FROM (SELECT plain FROM ${search} WHERE sold AND plain %> ? LIMIT 300) AS near
            ) AS words
            WHERE similarity(word, ?) >= 0.25
            GROUP BY word ORDER BY similarity(word, ?) DESC, count(*) DESC, word LIMIT 10
            """;

    private final SearchLanguage language;

    Spelling(SearchLanguage language) {
        this.language = language;
    }

    /// The text with other words for some of its words; empty if there are none.
    ///
    /// @param fewest a word stays as it is if that many products have it, or more
    Optional<String> correct(Connection connection, String text, int fewest) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(ALLOW_MORE);
        }
        StringBuilder corrected = new StringBuilder();
        Matcher words = WORD.matcher(text);
        boolean changed = false;
        for (int looked = 0; words.find() && looked < MOST_WORDS; looked++) {
            String other = correctWord(connection, words.group(), fewest);
            changed |= other != null;
            words.appendReplacement(
                    corrected, Matcher.quoteReplacement(other == null ? words.group() : other));
        }
        words.appendTail(corrected);
        return changed ? Optional.of(corrected.toString()) : Optional.empty();
    }

    /// The text as one that asks for any of its words; empty if it has one, or says itself how they
    /// hang together.
    static Optional<String> anyWord(String text) {
        List<String> words = WORD.matcher(text).results().map(MatchResult::group).toList();
        return words.size() < 2 || OPERATOR.matcher(text).find()
                ? Optional.empty()
                : Optional.of(String.join(" or ", words));
    }

    private @Nullable String correctWord(Connection connection, String word, int fewest)
            throws SQLException {
        if (word.length() < SHORTEST
                || word.length() > LONGEST
                || word.toLowerCase(Locale.ROOT).equals("or")
                || word.chars().anyMatch(Character::isDigit)) {
            return null;
        }
        String plain;
        try (PreparedStatement statement = known("", connection, word);
                ResultSet row = statement.executeQuery()) {
            row.next();
            plain = row.getString(1);
            if (row.getInt(2) == 0 || row.getLong(3) >= fewest) {
                return null;
            }
        }
        return near(connection, plain).stream()
                .filter(near -> near.distance > 0 && near.distance <= most(plain))
                .min(
                        Comparator.comparingInt(Near::distance)
                                .thenComparing(Comparator.comparingLong(Near::count).reversed()))
                .map(Near::word)
                .orElse(null);
    }

    private record Near(String word, int distance, long count) {}

    private List<Near> near(Connection connection, String plain) throws SQLException {
        List<Near> near = new ArrayList<>();
        try (PreparedStatement statement = near("", connection, plain);
                ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                String word = row.getString(1);
                near.add(new Near(word, distance(plain, word), row.getLong(2)));
            }
        }
        return near;
    }

    /// The statement that counts some of the products with a word.
    ///
    /// @param prefix what is put in front, such as EXPLAIN
    PreparedStatement known(String prefix, Connection connection, String word) throws SQLException {
        return SearchConditions.prepared(
                connection,
                language.in(prefix + KNOWN),
                List.of(word, word, word, ProductSearch.ENOUGH));
    }

    /// The statement that finds words which are nearly the same.
    ///
    /// @param prefix what is put in front, such as EXPLAIN
    PreparedStatement near(String prefix, Connection connection, String plain) throws SQLException {
        return SearchConditions.prepared(
                connection, language.in(prefix + NEAR), List.of(plain, plain, plain));
    }

    private static int most(String word) {
        return word.length() <= 4 ? 1 : word.length() <= 8 ? 2 : 3;
    }

    /// How many letters are added, left out, replaced or swapped with the next (the restricted
    /// Damerau-Levenshtein distance).
    static int distance(String one, String other) {
        int[][] table = new int[one.length() + 1][other.length() + 1];
        for (int i = 0; i <= one.length(); i++) {
            for (int j = 0; j <= other.length(); j++) {
                if (i == 0 || j == 0) {
                    table[i][j] = i + j;
                    continue;
                }
                int same = one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1;
                int least = Math.min(table[i - 1][j], table[i][j - 1]) + 1;
                least = Math.min(least, table[i - 1][j - 1] + same);
                if (i > 1
                        && j > 1
                        && one.charAt(i - 1) == other.charAt(j - 2)
                        && one.charAt(i - 2) == other.charAt(j - 1)) {
                    least = Math.min(least, table[i - 2][j - 2] + 1);
                }
                table[i][j] = least;
            }
        }
        return table[one.length()][other.length()];
    }
}
