package dev.twofold.catalog.http;

/// What tells the catalog's log from any other, and so the tokens of one from those of another.
public record LogEpoch(String value) {}
