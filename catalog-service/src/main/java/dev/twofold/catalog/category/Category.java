package dev.twofold.catalog.category;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A category as it is.
///
/// @param alias the names of its ancestors and its own when it was created, from the top down, by
///   which feeds find it whatever it is called now
public record Category(String id, @Nullable String parentId, String name, List<String> alias) {
    public Category {
        alias = List.copyOf(alias);
    }
}
