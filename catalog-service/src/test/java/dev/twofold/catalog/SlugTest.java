package dev.twofold.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SlugTest {
    @ParameterizedTest
    @CsvSource({
        "Crème & Co., creme-co",
        "  BB  Royal ,bb-royal",
        "24 Mantra, 24-mantra",
        "やかん, やかん",
        "!!!, x",
        "Ærø, ærø"
    })
    void reads_like_the_name(String name, String slug) {
        assertThat(Slug.of(name)).isEqualTo(slug);
    }

    @Test
    void is_cut_to_80_characters() {
        assertThat(Slug.of("kettle ".repeat(100))).hasSize(80);
    }

    @Test
    void is_numbered_where_it_is_taken() {
        assertThat(Slug.free("acme", Set.of("acme", "acme-2")::contains)).isEqualTo("acme-3");
    }
}
