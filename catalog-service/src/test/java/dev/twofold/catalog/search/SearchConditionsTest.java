package dev.twofold.catalog.search;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.testkit.TestPostgres;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SearchConditionsTest {

    @Test
    void words_that_all_have_to_be_there_are_looked_for_one_by_one() {
        assertThat(SearchConditions.each("'copper' & 'lamp'"))
                .containsExactly("'copper'", "'lamp'");
        assertThat(SearchConditions.each("'a' & 'b' & 'c' & 'd'"))
                .containsExactly("'a'", "'b'", "'c' & 'd'");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "'lamp'",
                "!'lamp'",
                "'copper' | 'lamp'",
                "'copper' <-> 'lamp'",
                "'copper' & !'lamp'",
                "'copper' & 'old' <-> 'lamp'",
                "'copper' & ( 'lamp' | 'chair' )",
                "'copper' & 'lamp' | 'chair'",
                "'copper':* & 'lamp'",
                "'cop'' & ''per' | 'lamp'"
            })
    void any_other_query_stays_whole(String words) {
        assertThat(SearchConditions.each(words)).containsExactly(words);
    }

    @Test
    void they_come_apart_as_the_database_takes_them_whatever_is_in_them() throws SQLException {
        String[] words = {"it's", "a\\b", "' & '", "\\'"};
        String sql =
                """
                SELECT array_to_tsvector(ARRAY[word])::text FROM unnest(?::text[]) AS word
                """;
        try (Connection connection = TestPostgres.database().dataSource().getConnection();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            Array given = connection.createArrayOf("text", words);
            statement.setArray(1, given);
            try (ResultSet row = statement.executeQuery()) {
                for (String word : words) {
                    row.next();
                    String quoted = row.getString(1);
                    assertThat(SearchConditions.each(quoted + " & 'x'"))
                            .as(word)
                            .containsExactly(quoted, "'x'");
                }
            }
        }
    }
}
