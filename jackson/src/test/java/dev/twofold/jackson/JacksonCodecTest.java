package dev.twofold.jackson;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedSet;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@NullMarked
class JacksonCodecTest {
    private final JacksonCodec codec = new JacksonCodec();

    record Money(BigDecimal amount, String currency) {
        Money {
            if (amount.signum() < 0) {
                throw new IllegalArgumentException("an amount is not negative, but was " + amount);
            }
        }
    }

    record Listed(
            String sku, Money price, int stock, Optional<String> brand, @Nullable String note) {}

    record Tagged(Set<String> tags, Map<String, Integer> counts) {}

    record Ordered(SequencedSet<String> names) {}

    enum Colour {
        RED,
        GREEN;

        @Override
        public String toString() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    record Painted(Colour colour) {}

    record Sku(String value) {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = Card.class, name = "card"),
        @JsonSubTypes.Type(value = Cash.class, name = "cash")
    })
    sealed interface Payment {}

    record Card(String last4) implements Payment {}

    record Cash() implements Payment {}

    record Paid(Payment by, List<Payment> tips) {}

    record Times(
            Instant at,
            Duration took,
            LocalDate day,
            OffsetDateTime there,
            ZonedDateTime zoned,
            OptionalInt count,
            UUID id) {}

    @Test
    void writes_components_in_the_order_of_declaration() {
        Listed listed =
                new Listed(
                        "A1",
                        new Money(new BigDecimal("2.50"), "EUR"),
                        3,
                        Optional.of("Acme"),
                        "new");

        assertThat(codec.encode(listed))
                .isEqualTo(
                        """
                        {"sku":"A1","price":{"amount":2.50,"currency":"EUR"},"stock":3,"brand":"Acme","note":"new"}\
                        """);
        assertThat(codec.decode(codec.encode(listed), Listed.class)).isEqualTo(listed);
    }

    @Test
    void writes_empty_components_as_null() {
        Listed listed =
                new Listed("A1", new Money(BigDecimal.ONE, "EUR"), 0, Optional.empty(), null);

        String json = codec.encode(listed);

        assertThat(json).endsWith("\"brand\":null,\"note\":null}");
        assertThat(codec.decode(json, Listed.class)).isEqualTo(listed);
    }

    @Test
    void writes_equal_sets_and_maps_alike() {
        Map<String, Integer> counts = new LinkedHashMap<>();
        counts.put("z", 1);
        counts.put("a", 2);
        Tagged tagged = new Tagged(Set.of("pear", "apple", "fig", "plum"), counts);

        String json = codec.encode(tagged);

        assertThat(json)
                .isEqualTo(
                        "{\"tags\":[\"apple\",\"fig\",\"pear\",\"plum\"],\"counts\":{\"a\":2,\"z\":1}}");
        assertThat(codec.encode(codec.decode(json, Tagged.class))).isEqualTo(json);
    }

    @Test
    void keeps_the_order_of_a_set_that_has_one() {
        Ordered ordered = new Ordered(new LinkedHashSet<>(List.of("second", "first")));

        String json = codec.encode(ordered);

        assertThat(json).isEqualTo("{\"names\":[\"second\",\"first\"]}");
        assertThat(codec.encode(codec.decode(json, Ordered.class))).isEqualTo(json);
    }

    @Test
    void writes_an_enum_by_its_name() {
        assertThat(codec.encode(new Painted(Colour.RED))).isEqualTo("{\"colour\":\"RED\"}");
        assertThat(codec.decode("{\"colour\":\"GREEN\"}", Painted.class))
                .isEqualTo(new Painted(Colour.GREEN));
    }

    @Test
    void writes_a_record_of_one_component_as_an_object() {
        assertThat(codec.encode(new Sku("A1"))).isEqualTo("{\"value\":\"A1\"}");
        assertThat(codec.decode("{\"value\":\"A1\"}", Sku.class)).isEqualTo(new Sku("A1"));
    }

    @Test
    void writes_the_given_name_of_a_sealed_type() {
        Paid paid = new Paid(new Card("4242"), List.of(new Cash()));

        String json = codec.encode(paid);

        assertThat(json)
                .isEqualTo(
                        "{\"by\":{\"kind\":\"card\",\"last4\":\"4242\"},\"tips\":[{\"kind\":\"cash\"}]}");
        assertThat(codec.decode(json, Paid.class)).isEqualTo(paid);
    }

    @Test
    void writes_times_in_iso_8601_with_their_offsets_and_zones() {
        Times times =
                new Times(
                        Instant.parse("2026-11-01T10:15:30.123456Z"),
                        Duration.ofMinutes(90),
                        LocalDate.of(2026, 11, 1),
                        OffsetDateTime.parse("2026-11-01T10:15:30+05:30"),
                        ZonedDateTime.parse("2026-11-01T10:15:30+01:00[Europe/Berlin]"),
                        OptionalInt.empty(),
                        UUID.fromString("01890a5d-ac96-774b-bcce-b302099a8057"));

        String json = codec.encode(times);

        assertThat(json)
                .isEqualTo(
                        """
                        {"at":"2026-11-01T10:15:30.123456Z","took":"PT1H30M","day":"2026-11-01",\
                        "there":"2026-11-01T10:15:30+05:30",\
                        "zoned":"2026-11-01T10:15:30+01:00[Europe/Berlin]","count":null,\
                        "id":"01890a5d-ac96-774b-bcce-b302099a8057"}\
                        """);
        assertThat(codec.decode(json, Times.class)).isEqualTo(times);
    }

    @Test
    void keeps_every_character_and_digit() {
        Listed listed =
                new Listed(
                        "quote \" backslash \\ nul \0 line \n emoji 🦊 ß 漢",
                        new Money(
                                new BigDecimal("12345678901234567890.123456789012345678900"),
                                "EUR"),
                        Integer.MIN_VALUE,
                        Optional.of(""),
                        "null");

        assertThat(codec.decode(codec.encode(listed), Listed.class)).isEqualTo(listed);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    {"sku":"A","price":{"amount":1,"currency":"EUR"},"stock":1,"brand":null}                        | at $.note | issing
                    {"sku":"A","price":{"amount":1,"currency":"EUR"},"brand":null,"note":null}                      | at $.stock | issing
                    {"sku":"A","price":{"amount":1},"stock":1,"brand":null,"note":null}                             | at $.price.currency | issing
                    {"sku":null,"price":{"amount":1,"currency":"EUR"},"stock":1,"brand":null,"note":null}           | at $.sku | null
                    {"sku":"A","price":{"amount":1,"currency":null},"stock":1,"brand":null,"note":null}             | at $.price.currency | null
                    {"sku":"A","price":{"amount":1,"currency":"EUR"},"stock":null,"brand":null,"note":null}         | at $.stock | null
                    {"sku":"A","price":{"amount":1,"currency":"EUR"},"stock":1,"brand":null,"note":null,"was":2}    | at $.was | Unrecognized
                    {"sku":"A","price":{"amount":1,"currency":"EUR"},"stock":1.5,"brand":null,"note":null}          | at $.stock | 1.5
                    {"sku":"A","price":{"amount":1,"currency":"EUR"},"stock":"1","brand":null,"note":null}          | at $.stock | String
                    {"sku":7,"price":{"amount":1,"currency":"EUR"},"stock":1,"brand":null,"note":null}              | at $.sku | Integer
                    {"sku":"A","price":{"amount":-1,"currency":"EUR"},"stock":1,"brand":null,"note":null}           | at $.price | not negative, but was -1
                    {"sku":"A","sku":"B","price":{"amount":1,"currency":"EUR"},"stock":1,"brand":null,"note":null}  | $ | Duplicate
                    {"sku":"A","price":{"amount":1,"currency":"EUR"},"stock":1,"brand":null,"note":null} {}         | JSON | Trailing
                    {"sku":"A","price":                                                                              | JSON | end-of-input
                    null                                                                                             | JSON | null
                    """)
    void refuses_json_of_another_shape_and_names_the_place(
            String json, String place, String reason) {
        assertThatThrownBy(() -> codec.decode(json, Listed.class))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("the JSON does not fit " + Listed.class.getName())
                .hasMessageContaining(place)
                .hasMessageContaining(reason);
    }

    @ParameterizedTest
    @CsvSource({"{\"colour\":\"BLUE\"},BLUE", "{\"colour\":1},1", "{\"colour\":\"green\"},green"})
    void refuses_an_unknown_enum_constant(String json, String constant) {
        assertThatThrownBy(() -> codec.decode(json, Painted.class))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at $.colour")
                .hasMessageContaining(constant);
    }

    @Test
    void refuses_an_unknown_sealed_type() {
        assertThatThrownBy(
                        () -> codec.decode("{\"by\":{\"kind\":\"gold\"},\"tips\":[]}", Paid.class))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at $.by")
                .hasMessageContaining("gold");
    }

    @Test
    void names_the_element_of_a_list() {
        assertThatThrownBy(
                        () ->
                                codec.decode(
                                        "{\"by\":{\"kind\":\"cash\"},\"tips\":[{\"kind\":\"card\"}]}",
                                        Paid.class))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at $.tips[0].last4");
    }

    @Test
    @SuppressWarnings("NullAway") // what a caller without null checks can do
    void refuses_to_write_a_null_that_it_would_not_read() {
        Listed listed =
                new Listed("A1", new Money(BigDecimal.ONE, null), 0, Optional.empty(), null);

        assertThatThrownBy(() -> codec.encode(listed))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(
                        Listed.class.getName() + " has no JSON form at $.price.currency")
                .hasMessageContaining("it is null, but neither @Nullable nor Optional");
    }
}
