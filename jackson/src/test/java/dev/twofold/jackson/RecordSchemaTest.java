package dev.twofold.jackson;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Held against a validator: what the codec writes fits, and what it would not read does not.
@NullMarked
class RecordSchemaTest {
    private final JacksonCodec codec = new JacksonCodec();

    enum Colour {
        RED,
        GREEN
    }

    record Money(BigDecimal amount, String currency) {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = Card.class, name = "card"),
        @JsonSubTypes.Type(value = Cash.class, name = "cash")
    })
    sealed interface Payment {}

    record Card(String number) implements Payment {}

    record Cash() implements Payment {}

    record Sold(
            UUID id,
            Instant at,
            Duration took,
            Money price,
            Colour colour,
            int quantity,
            boolean gift,
            @Nullable String note,
            Optional<Money> discount,
            OptionalInt points,
            List<Money> parts,
            Set<String> tags,
            Map<String, Integer> counts,
            Payment payment) {}

    private static final Sold FULL =
            new Sold(
                    UUID.randomUUID(),
                    Instant.parse("2026-01-01T10:00:00.123456Z"),
                    Duration.ofMinutes(3),
                    new Money(new BigDecimal("1.50"), "EUR"),
                    Colour.RED,
                    2,
                    true,
                    "please",
                    Optional.of(new Money(BigDecimal.ONE, "EUR")),
                    OptionalInt.of(3),
                    List.of(new Money(BigDecimal.TEN, "EUR")),
                    Set.of("a", "b"),
                    Map.of("x", 1),
                    new Card("42"));
    private static final Sold SPARSE =
            new Sold(
                    UUID.randomUUID(),
                    Instant.EPOCH,
                    Duration.ZERO,
                    new Money(BigDecimal.ZERO, "EUR"),
                    Colour.GREEN,
                    0,
                    false,
                    null,
                    Optional.empty(),
                    OptionalInt.empty(),
                    List.of(),
                    Set.of(),
                    Map.of(),
                    new Cash());

    @Test
    void what_the_codec_writes_fits() {
        assertThat(faults(codec.encode(FULL))).isEmpty();
        assertThat(faults(codec.encode(SPARSE))).isEmpty();
    }

    /// Each replaces one value of a record that fits.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"quantity\":2 \"quantity\":2.5",
                "\"quantity\":2 \"quantity\":null",
                "\"quantity\":2, ",
                "\"quantity\":2 \"quantity\":2,\"more\":1",
                "\"gift\":true \"gift\":\"yes\"",
                "\"RED\" \"BLUE\"",
                "\"note\":\"please\" \"note\":5",
                "\"currency\":\"EUR\" \"currency\":null",
                "{\"x\":1} {\"x\":\"one\"}",
                "\"card\" \"cheque\"",
            })
    void what_the_codec_would_not_read_does_not_fit(String change) {
        String json = codec.encode(FULL);
        int blank = change.indexOf(' ');
        String changed = json.replace(change.substring(0, blank), change.substring(blank + 1));

        assertThat(changed).isNotEqualTo(json);
        assertThat(faults(changed)).isNotEmpty();
    }

    private static List<String> faults(String json) {
        Schema schema =
                SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                        .getSchema(RecordSchema.of(Sold.class, "sold.v1"));
        return schema.validate(json, InputFormat.JSON).stream().map(Object::toString).toList();
    }
}
