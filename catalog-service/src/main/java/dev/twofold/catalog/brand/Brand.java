package dev.twofold.catalog.brand;

/// A brand as it is.
///
/// @param alias the name it was created with, by which feeds find it whatever its name is now
/// @param version 1, and one more with each change
public record Brand(String id, String name, String alias, long version) {}
