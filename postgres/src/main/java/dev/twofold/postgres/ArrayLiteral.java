package dev.twofold.postgres;

import java.util.Collection;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// PostgreSQL's text form of an array of texts, for arrays of arrays of different lengths.
final class ArrayLiteral {
    private ArrayLiteral() {}

    static String of(Collection<?> values) {
        return values.isEmpty() ? "{}" : quoted(values);
    }

    /// Null for an empty collection.
    static @Nullable String ofSome(Collection<?> values) {
        return values.isEmpty() ? null : quoted(values);
    }

    private static String quoted(Collection<?> values) {
        return values.stream()
                .map(value -> value.toString().replace("\\", "\\\\").replace("\"", "\\\""))
                .collect(Collectors.joining("\",\"", "{\"", "\"}"));
    }
}
