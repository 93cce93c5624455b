package dev.twofold;

import org.jspecify.annotations.Nullable;

/// What is known of an event beside its data: which conversation it belongs to, what caused it, who
/// did it, and the W3C `traceparent` it was done under.
///
/// Each value has at most 255 characters.
public record Metadata(
        @Nullable String correlation,
        @Nullable String causation,
        @Nullable String actor,
        @Nullable String trace) {
    private static final Metadata NONE = new Metadata(null, null, null, null);
    private static final int MAX_LENGTH = 255;

    public Metadata {
        check("correlation", correlation);
        check("causation", causation);
        check("actor", actor);
        check("trace", trace);
    }

    /// Nothing known.
    public static Metadata none() {
        return NONE;
    }

    public Metadata withCorrelation(String value) {
        return new Metadata(value, causation, actor, trace);
    }

    public Metadata withCausation(String value) {
        return new Metadata(correlation, value, actor, trace);
    }

    public Metadata withActor(String value) {
        return new Metadata(correlation, causation, value, trace);
    }

    public Metadata withTrace(String value) {
        return new Metadata(correlation, causation, actor, value);
    }

    private static void check(String name, @Nullable String value) {
        if (value != null) {
            Text.require(() -> "metadata \"" + name + "\"", value, MAX_LENGTH);
        }
    }
}
