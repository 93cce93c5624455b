package dev.twofold.catalog.product;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twofold.jackson.JacksonCodec;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MoneyTest {
    @ParameterizedTest
    @CsvSource({
        "220 INR, 220.00 INR",
        "220.5 INR, 220.50 INR",
        "220.500 INR, 220.50 INR",
        "1e3 INR, 1000.00 INR",
        "7 JPY, 7 JPY",
        "7.0 JPY, 7 JPY",
        "1.5 KWD, 1.500 KWD",
        "0.005 EUR, 0.005 EUR"
    })
    void holds_an_amount_with_the_decimals_of_its_currency(String text, String held) {
        assertThat(Money.parse(text)).hasToString(held);
    }

    @ParameterizedTest
    @CsvSource({"220 INR, ₹220.00", "1098.5 USD, '$1,098.50'", "7 JPY, ¥7", "3.2 EUR, €3.20"})
    void is_displayed_the_same_on_every_machine(String text, String displayed) {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.GERMANY);
        try {
            assertThat(Money.parse(text).formatted()).isEqualTo(displayed);
        } finally {
            Locale.setDefault(before);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'', '\"\"'",
        "220, '\"220\"'",
        "INR, '\"INR\"'",
        "'22,50 EUR', '\"22,50\"'",
        "220.00 Rs, '\"Rs\"'",
        "220.00 INR INR, '\"INR INR\"'",
        "1 eur, '\"eur\"'"
    })
    void refuses_text_of_another_form_and_quotes_what_is_wrong(String text, String quoted) {
        assertThatThrownBy(() -> Money.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageEndingWith("but was " + quoted);
    }

    @Test
    void keeps_its_amount_through_json() {
        JacksonCodec codec = new JacksonCodec();
        Money money = Money.parse("220.50 INR");
        String json = codec.encode(money);
        assertThat(json).isEqualTo("{\"amount\":220.50,\"currency\":\"INR\"}");
        assertThat(codec.decode(json, Money.class)).isEqualTo(money);
    }
}
