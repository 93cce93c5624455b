package dev.twofold.postgres;

/// One document among those of all views of a projection.
record DocumentName(String view, String key) {}
