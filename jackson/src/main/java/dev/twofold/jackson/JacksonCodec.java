package dev.twofold.jackson;

import dev.twofold.Codec;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.cfg.CoercionAction;
import tools.jackson.databind.cfg.CoercionInputShape;
import tools.jackson.databind.cfg.DateTimeFeature;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.type.LogicalType;

/// Writes records as JSON, and reads only what has exactly their shape.
///
/// What is stored is read again years later, so nothing is guessed and nothing passed over. Each
/// component is written, an empty one as `null`, in the order of declaration; maps are sorted by
/// key and sets without an order of their own by text, so that equal records have equal JSON. On
/// reading each component must be there: one that is missing, one too many, a fraction for an
/// integer, a number for a string or an unknown enum constant is refused. Only components that are
/// `Optional` or JSpecify's `@Nullable` may be null, on writing as on reading. A record that gains,
/// loses or renames a component therefore needs a new revision in the event type table; a golden
/// file shows when.
///
/// Instants and durations are written in ISO 8601, enums by their names. A sealed interface inside
/// a record needs Jackson's `@JsonTypeInfo`, with names that are given explicitly. Elements of
/// collections are the record's own to check. A named module opens the packages of its records to
/// `tools.jackson.databind`. Immutable; safe for use by many threads.
public final class JacksonCodec implements Codec {
    private final JsonMapper mapper =
            JsonMapper.builder()
                    .annotationIntrospector(new StrictComponents())
                    .disable(
                            MapperFeature.SORT_PROPERTIES_ALPHABETICALLY,
                            MapperFeature.ALLOW_COERCION_OF_SCALARS)
                    .withCoercionConfig(
                            LogicalType.Textual,
                            text ->
                                    text.setCoercion(
                                                    CoercionInputShape.Integer, CoercionAction.Fail)
                                            .setCoercion(
                                                    CoercionInputShape.Float, CoercionAction.Fail)
                                            .setCoercion(
                                                    CoercionInputShape.Boolean,
                                                    CoercionAction.Fail))
                    .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
                    .enable(
                            DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES,
                            DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES,
                            DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES,
                            DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
                    .enable(EnumFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
                    .disable(
                            EnumFeature.READ_ENUMS_USING_TO_STRING,
                            EnumFeature.WRITE_ENUMS_USING_TO_STRING)
                    .enable(DateTimeFeature.WRITE_DATES_WITH_ZONE_ID)
                    .disable(
                            DateTimeFeature.WRITE_DATES_AS_TIMESTAMPS,
                            DateTimeFeature.WRITE_DURATIONS_AS_TIMESTAMPS,
                            DateTimeFeature.ADJUST_DATES_TO_CONTEXT_TIME_ZONE)
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build();

    /// What is read by the million is looked up once.
    private final ClassValue<ObjectReader> readers =
            new ClassValue<>() {
                @Override
                protected ObjectReader computeValue(Class<?> type) {
                    return mapper.readerFor(type);
                }
            };

    public JacksonCodec() {}

    @Override
    public String encode(Object value) {
        try {
            return mapper.writeValueAsString(value);
        } catch (JacksonException e) {
            throw new IllegalArgumentException(
                    "%s has no JSON form%s: %s"
                            .formatted(
                                    value.getClass().getName(), place(e), e.getOriginalMessage()),
                    e);
        }
    }

    @Override
    public <T> T decode(String json, Class<T> type) {
        @Nullable T value;
        try {
            value = type.cast(readers.get(type).readValue(json));
        } catch (JacksonException e) {
            throw new IllegalArgumentException(
                    "the JSON does not fit %s%s: %s"
                            .formatted(type.getName(), place(e), e.getOriginalMessage()),
                    e);
        }
        if (value == null) {
            throw new IllegalArgumentException(
                    "the JSON does not fit %s: it is null".formatted(type.getName()));
        }
        return value;
    }

    private static String place(JacksonException e) {
        List<JacksonException.Reference> path = e.getPath();
        return path.isEmpty()
                ? ""
                : path.stream()
                        .map(
                                step ->
                                        step.getPropertyName() == null
                                                ? "[" + step.getIndex() + "]"
                                                : "." + step.getPropertyName())
                        .collect(Collectors.joining("", " at $", ""));
    }
}
