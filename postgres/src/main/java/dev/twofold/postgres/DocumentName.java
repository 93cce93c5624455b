package dev.twofold.postgres;

/// One document among those of all views of a projection.
record DocumentName(String view, String key) {

    /// As messages name it.
    String text() {
        return "document \"%s\" of view \"%s\"".formatted(key, view);
    }
}
