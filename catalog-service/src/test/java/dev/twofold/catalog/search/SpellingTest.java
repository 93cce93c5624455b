package dev.twofold.catalog.search;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpellingTest {

    @ParameterizedTest
    @CsvSource({
        "oil, oil, 0",
        "oil, oils, 1",
        "olis, oils, 1",
        "shmapoo, shampoo, 1",
        "choclate, chocolate, 1",
        "'', oil, 3",
        "tea, coffee, 5"
    })
    void counts_the_edits_between_two_words(String one, String other, int edits) {
        assertThat(Spelling.distance(one, other)).isEqualTo(edits);
        assertThat(Spelling.distance(other, one)).isEqualTo(edits);
    }

    @Test
    void asks_for_any_of_several_words_unless_the_text_says_how_they_hang_together() {
        assertThat(Spelling.anyWord("garlic oil, 500 ml")).contains("garlic or oil or 500 or ml");
        assertThat(Spelling.anyWord("oil")).isEmpty();
        assertThat(Spelling.anyWord("\"garlic oil\"")).isEmpty();
        assertThat(Spelling.anyWord("garlic -oil")).isEmpty();
        assertThat(Spelling.anyWord("garlic OR oil")).isEmpty();
    }
}
