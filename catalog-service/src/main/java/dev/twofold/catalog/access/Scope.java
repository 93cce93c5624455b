package dev.twofold.catalog.access;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/// What a caller may do; each scope includes those before it.
public enum Scope {
    /// Looks at the catalog.
    READER,
    /// Changes what is in it.
    EDITOR,
    /// Looks after it: keys, webhooks, projections.
    OPERATOR;

    /// Its name as callers know it.
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// The scope with this name.
    public static Optional<Scope> of(String label) {
        return Stream.of(values()).filter(scope -> scope.label().equals(label)).findFirst();
    }

    boolean includes(Scope other) {
        return compareTo(other) >= 0;
    }
}
