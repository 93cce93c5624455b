package dev.twofold.catalog.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class PlainTextTest {
    /// As Spring Security's firewall has them.
    private static final Pattern NAME = Pattern.compile("[\\p{IsAssigned}&&[^\\p{IsControl}]]*");

    private static final Pattern VALUE =
            Pattern.compile("[\\p{IsAssigned}&&[[^\\p{IsControl}]||\\t]]*");

    @Test
    void allows_what_the_firewalls_own_expressions_allow() {
        for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
            String text = "a" + Character.toString(c) + "z";
            assertThat(PlainText.NAME.test(text))
                    .as("U+%04X in a name", c)
                    .isEqualTo(NAME.matcher(text).matches());
            assertThat(PlainText.VALUE.test(text))
                    .as("U+%04X in a value", c)
                    .isEqualTo(VALUE.matcher(text).matches());
        }
        assertThat(PlainText.NAME.test("")).isTrue();
        assertThat(PlainText.VALUE.test("gzip, br\r\nX: y")).isFalse();
    }
}
