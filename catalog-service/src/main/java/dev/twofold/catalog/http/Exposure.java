package dev.twofold.catalog.http;

/// Who can reach the catalog.
///
/// @param beyondLoopback whether other machines can
public record Exposure(boolean beyondLoopback) {}
