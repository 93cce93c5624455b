package dev.twofold.jackson;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonValue;
import java.lang.reflect.AnnotatedArrayType;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.Period;
import java.time.ZonedDateTime;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Currency;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The JSON Schema (draft 2020-12) of what [JacksonCodec] writes for a record.
///
/// As strict as the codec: each component is required, none may be added, and only those that may
/// be null have null. Types whose form is not known here may have any.
public final class RecordSchema {
    private static final JsonMapper JSON = new JsonMapper();

    private static final Map<Class<?>, String> FORMATS =
            Map.of(
                    Instant.class, "date-time",
                    OffsetDateTime.class, "date-time",
                    LocalDate.class, "date",
                    LocalTime.class, "",
                    LocalDateTime.class, "",
                    ZonedDateTime.class, "",
                    Duration.class, "duration",
                    Period.class, "duration",
                    UUID.class, "uuid",
                    URI.class, "uri-reference");

    private static final Set<Class<?>> INTEGERS =
            Set.of(
                    int.class,
                    Integer.class,
                    long.class,
                    Long.class,
                    short.class,
                    Short.class,
                    byte.class,
                    Byte.class,
                    BigInteger.class,
                    OptionalInt.class,
                    OptionalLong.class);

    private static final Set<Class<?>> NUMBERS =
            Set.of(
                    double.class,
                    Double.class,
                    float.class,
                    Float.class,
                    BigDecimal.class,
                    OptionalDouble.class);

    private static final Set<Class<?>> TEXTS =
            Set.of(String.class, char.class, Character.class, Currency.class);

    private final Map<Class<?>, String> names = new LinkedHashMap<>();
    private final Deque<Class<?>> undefined = new ArrayDeque<>();

    private RecordSchema() {}

    /// The schema of a record, as JSON.
    ///
    /// @param title what the record is called where it is stored
    public static String of(Class<?> type, String title) {
        return new RecordSchema().document(type, title).toString();
    }

    private ObjectNode document(Class<?> type, String title) {
        ObjectNode root = JSON.createObjectNode();
        root.put("$schema", "https://json-schema.org/draft/2020-12/schema");
        root.put("title", title);
        root.setAll(definition(type));
        ObjectNode definitions = JSON.createObjectNode();
        Set<Class<?>> defined = new HashSet<>();
        while (!undefined.isEmpty()) {
            Class<?> next = undefined.remove();
            if (defined.add(next)) {
                definitions.set(names.getOrDefault(next, ""), definition(next));
            }
        }
        if (!definitions.isEmpty()) {
            root.set("$defs", definitions);
        }
        return root;
    }

    private ObjectNode definition(Class<?> type) {
        Optional<AnnotatedType> value = singleValue(type);
        if (value.isPresent()) {
            return schema(value.get());
        }
        if (type.isEnum()) {
            ObjectNode schema = JSON.createObjectNode().put("type", "string");
            ArrayNode constants = schema.putArray("enum");
            for (Object constant : type.getEnumConstants()) {
                constants.add(((Enum<?>) constant).name());
            }
            return schema;
        }
        return type.isRecord() ? object(type) : alternatives(type);
    }

    private ObjectNode object(Class<?> type) {
        ObjectNode schema = JSON.createObjectNode().put("type", "object");
        ObjectNode properties = schema.putObject("properties");
        ArrayNode required = schema.putArray("required");
        for (RecordComponent component : type.getRecordComponents()) {
            properties.set(component.getName(), schema(component.getAnnotatedType()));
            required.add(component.getName());
        }
        return schema.put("additionalProperties", false);
    }

    /// What stands for a sealed interface: one of its records, with its name in a property.
    private ObjectNode alternatives(Class<?> type) {
        ObjectNode schema = JSON.createObjectNode();
        JsonTypeInfo info = type.getAnnotation(JsonTypeInfo.class);
        JsonSubTypes subtypes = type.getAnnotation(JsonSubTypes.class);
        if (info == null || subtypes == null || info.use() != JsonTypeInfo.Id.NAME) {
            return schema;
        }
        String property = info.property().isEmpty() ? "@type" : info.property();
        ArrayNode any = schema.putArray("oneOf");
        for (JsonSubTypes.Type subtype : subtypes.value()) {
            ObjectNode one = object(subtype.value());
            ((ObjectNode) one.path("properties")).putObject(property).put("const", subtype.name());
            ((ArrayNode) one.path("required")).add(property);
            any.add(one);
        }
        return schema;
    }

    private ObjectNode schema(AnnotatedType type) {
        ObjectNode schema = notNull(type);
        return isNullable(type) ? orNull(schema) : schema;
    }

    private ObjectNode notNull(AnnotatedType type) {
        Class<?> raw = raw(type.getType());
        ObjectNode schema = JSON.createObjectNode();
        if (TEXTS.contains(raw)) {
            return schema.put("type", "string");
        }
        String format = FORMATS.get(raw);
        if (format != null) {
            schema.put("type", "string");
            return format.isEmpty() ? schema : schema.put("format", format);
        }
        if (INTEGERS.contains(raw)) {
            return optional(raw, schema.put("type", "integer"));
        }
        if (NUMBERS.contains(raw)) {
            return optional(raw, schema.put("type", "number"));
        }
        if (raw == boolean.class || raw == Boolean.class) {
            return schema.put("type", "boolean");
        }
        if (raw == Optional.class) {
            return orNull(schema(argument(type, 0)));
        }
        if (type instanceof AnnotatedArrayType array) {
            schema.put("type", "array");
            schema.set("items", schema(array.getAnnotatedGenericComponentType()));
            return schema;
        }
        if (Collection.class.isAssignableFrom(raw)) {
            schema.put("type", "array");
            schema.set("items", schema(argument(type, 0)));
            return Set.class.isAssignableFrom(raw) ? schema.put("uniqueItems", true) : schema;
        }
        if (Map.class.isAssignableFrom(raw)) {
            schema.put("type", "object");
            schema.set("additionalProperties", schema(argument(type, 1)));
            return schema;
        }
        if (raw.isRecord() || raw.isEnum() || raw.isAnnotationPresent(JsonTypeInfo.class)) {
            return schema.put("$ref", "#/$defs/" + name(raw));
        }
        return schema;
    }

    private String name(Class<?> type) {
        String known = names.get(type);
        if (known != null) {
            return known;
        }
        String name = type.getSimpleName();
        while (names.containsValue(name)) {
            name += "_";
        }
        names.put(type, name);
        undefined.add(type);
        return name;
    }

    /// The type of the one value that a class is written as, if it says so.
    private static Optional<AnnotatedType> singleValue(Class<?> type) {
        for (Method method : type.getDeclaredMethods()) {
            if (method.isAnnotationPresent(JsonValue.class)) {
                return Optional.of(method.getAnnotatedReturnType());
            }
        }
        return Optional.empty();
    }

    private static boolean isNullable(AnnotatedType type) {
        return type.isAnnotationPresent(Nullable.class);
    }

    private static ObjectNode optional(Class<?> raw, ObjectNode schema) {
        return raw.getSimpleName().startsWith("Optional") ? orNull(schema) : schema;
    }

    private static ObjectNode orNull(ObjectNode schema) {
        ObjectNode either = JSON.createObjectNode();
        either.putArray("anyOf").add(schema).add(JSON.createObjectNode().put("type", "null"));
        return either;
    }

    private static AnnotatedType argument(AnnotatedType type, int index) {
        if (type instanceof AnnotatedParameterizedType parameterized) {
            return parameterized.getAnnotatedActualTypeArguments()[index];
        }
        throw new IllegalArgumentException(
                "%s has no type of its elements; give it one".formatted(type.getType()));
    }

    private static Class<?> raw(Type type) {
        return switch (type) {
            case Class<?> plain -> plain;
            case ParameterizedType parameterized -> raw(parameterized.getRawType());
            default -> Object.class;
        };
    }
}
