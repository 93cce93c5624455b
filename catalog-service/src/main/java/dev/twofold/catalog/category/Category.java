package dev.twofold.catalog.category;

import org.jspecify.annotations.Nullable;

/// A category as it is.
///
/// @param alias the name it was created with; by those of its ancestors and its own a feed finds
///   it, whatever they are called now
/// @param version 1, and one more with each change
public record Category(
        String id, @Nullable String parentId, String name, String alias, long version) {}
