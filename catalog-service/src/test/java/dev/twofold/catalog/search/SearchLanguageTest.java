package dev.twofold.catalog.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twofold.Metadata;
import dev.twofold.postgres.TableAnswer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;

class SearchLanguageTest {

    @Test
    void german_knows_the_forms_of_german_words() throws SQLException {
        try (SearchTables tables = new SearchTables("german")) {
            shop(tables);
            assertThat(find(tables, "haus")).containsExactly("h");
            assertThat(find(tables, "Häuser bauen")).containsExactly("h");
            assertThat(find(tables, "die bäume")).containsExactly("b");
        }
    }

    @Test
    void simple_knows_no_forms_but_case_and_accents_make_no_difference() throws SQLException {
        try (SearchTables tables = new SearchTables("simple")) {
            shop(tables);
            assertThat(find(tables, "\"haus\"")).isEmpty();
            assertThat(find(tables, "HAUSER")).containsExactly("h");
            assertThat(find(tables, "die großen baume")).containsExactly("b");
        }
    }

    @Test
    void every_language_has_a_configuration() throws SQLException {
        try (SearchTables tables = new SearchTables("simple");
                Connection connection = tables.database.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                """
                                SELECT cfgname FROM pg_ts_config
                                WHERE cfgnamespace = 'pg_catalog'::regnamespace
                                """)) {
            while (row.next()) {
                String name = row.getString(1);
                if (!name.equals("estonian")) { // unknown to PostgreSQL before 18
                    assertThat(new SearchLanguage(name).viewName()).hasSizeLessThanOrEqualTo(25);
                }
            }
        }
    }

    @Test
    void a_language_that_is_none_is_refused_with_those_that_are() {
        assertThatThrownBy(() -> new SearchLanguage("klingon"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("klingon")
                .hasMessageContaining("simple")
                .hasMessageContaining("yiddish");
    }

    private static void shop(SearchTables tables) throws SQLException {
        tables.add("h", "Häuser bauen", "Ein Spiel", "Holz");
        tables.add("b", "Die großen Bäume", "Ein Buch", "Papier");
    }

    private static List<String> find(SearchTables tables, String text) {
        TableAnswer<SearchResult> answer =
                new ProductSearch(tables.reader(), tables.language, SearchTables.CODEC)
                        .answer(
                                new SearchProducts(
                                        text,
                                        SearchFilter.ANY,
                                        SearchSort.RELEVANCE,
                                        null,
                                        10,
                                        true,
                                        0),
                                Metadata.none());
        return ((TableAnswer.Read<SearchResult>) answer)
                .content().hits().stream().map(SearchResult.Hit::id).toList();
    }
}
