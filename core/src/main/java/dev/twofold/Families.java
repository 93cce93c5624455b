package dev.twofold;

import java.util.List;
import java.util.stream.Stream;

/// The classes that a sealed interface stands for.
final class Families {
    private Families() {}

    /// The class itself, or all classes below a sealed one; none for an open interface.
    static List<Class<?>> leaves(Class<?> family) {
        return stream(family).distinct().toList();
    }

    private static Stream<Class<?>> stream(Class<?> type) {
        if (type.isSealed()) {
            return Stream.of(type.getPermittedSubclasses()).flatMap(Families::stream);
        }
        return type.isInterface() ? Stream.empty() : Stream.of(type);
    }
}
