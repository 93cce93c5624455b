package dev.twofold.catalog.http;

import static java.util.Map.entry;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What the catalog writes of a record as JSON, held against a schema: its fields, all of which are
/// always there, their types, and which of them may be null.
final class Written {
    private static final Map<Class<?>, String> PLAIN =
            Map.ofEntries(
                    entry(String.class, "string"),
                    entry(Instant.class, "string"),
                    entry(LocalDate.class, "string"),
                    entry(UUID.class, "string"),
                    entry(int.class, "integer"),
                    entry(Integer.class, "integer"),
                    entry(long.class, "integer"),
                    entry(Long.class, "integer"),
                    entry(double.class, "number"),
                    entry(Double.class, "number"),
                    entry(BigDecimal.class, "number"),
                    entry(boolean.class, "boolean"),
                    entry(Boolean.class, "boolean"));

    private static final Map<Class<?>, String> FORMATS =
            Map.of(Instant.class, "date-time", LocalDate.class, "date", UUID.class, "uuid");

    /// A record that was held against a schema, and need not be once more.
    private record Held(Class<?> type, JsonNode schema) {}

    private final Api api;
    private final Set<Held> held = new HashSet<>();
    private final List<String> faults = new ArrayList<>();

    private Written(Api api) {
        this.api = api;
    }

    /// What is wrong with a schema for what is written of a type.
    static List<String> faults(Api api, Type type, JsonNode schema) {
        Written written = new Written(api);
        written.hold(type, false, schema, "");
        return written.faults;
    }

    private void hold(Type type, boolean nullable, JsonNode described, String place) {
        JsonNode schema = api.resolved(described);
        Set<String> types = new TreeSet<>();
        if (schema.has("anyOf")) {
            for (JsonNode choice : schema.path("anyOf")) {
                JsonNode one = api.resolved(choice);
                types.addAll(Api.types(one));
                schema = Api.types(one).contains("null") ? schema : one;
            }
        } else {
            types.addAll(Api.types(schema));
        }
        expect(place, "null", nullable, types.remove("null"));
        Class<?> raw = raw(type);
        expect(place, "type", Set.of(kind(raw)), types);
        switch (kind(raw)) {
            case "array" -> hold(argument(type, 0), false, schema.path("items"), place + "[]");
            case "object" -> {
                if (raw.isRecord()) {
                    holdFields(raw, schema, place);
                } else {
                    JsonNode values = schema.path("additionalProperties");
                    hold(argument(type, 1), false, values, place + "{}");
                }
            }
            default -> {
                if (FORMATS.containsKey(raw)) {
                    String format = schema.path("format").asString("");
                    expect(place, "format", FORMATS.get(raw), format);
                }
                if (raw.isEnum() && schema.has("enum")) {
                    List<String> names =
                            Arrays.stream(raw.getEnumConstants()).map(Object::toString).toList();
                    expect(place, "enum", Set.copyOf(names), Api.texts(schema.path("enum")));
                }
            }
        }
    }

    private void holdFields(Class<?> type, JsonNode schema, String place) {
        if (!held.add(new Held(type, schema))) {
            return;
        }
        Set<String> names = new TreeSet<>();
        for (RecordComponent one : type.getRecordComponents()) {
            names.add(one.getName());
            JsonNode property = schema.path("properties").path(one.getName());
            if (!property.isMissingNode()) {
                hold(
                        one.getGenericType(),
                        one.getAnnotatedType().isAnnotationPresent(Nullable.class),
                        property,
                        place + "/" + one.getName());
            }
        }
        JsonNode properties = schema.path("properties");
        expect(place, "properties", names, new TreeSet<>(properties.propertyNames()));
        expect(place, "required", names, Api.texts(schema.path("required")));
    }

    private void expect(String place, String what, Object written, Object described) {
        if (!written.equals(described)) {
            faults.add(
                    "%s: %s is %s, but written is %s".formatted(place, what, described, written));
        }
    }

    private static String kind(Class<?> type) {
        if (type.isRecord() || type == Map.class) {
            return "object";
        }
        if (type == List.class) {
            return "array";
        }
        String plain = type.isEnum() ? "string" : PLAIN.get(type);
        if (plain == null) {
            throw new AssertionError("add what is written of a %s".formatted(type.getName()));
        }
        return plain;
    }

    private static Class<?> raw(Type type) {
        return type instanceof ParameterizedType generic
                ? raw(generic.getRawType())
                : (Class<?>) type;
    }

    private static Type argument(Type type, int index) {
        return ((ParameterizedType) type).getActualTypeArguments()[index];
    }
}
