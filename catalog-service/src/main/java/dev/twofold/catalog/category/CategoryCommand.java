package dev.twofold.catalog.category;

import org.jspecify.annotations.Nullable;

/// What can be asked of categories.
public sealed interface CategoryCommand {

    /// @param categoryId null to have one made from the name
    /// @param parentId null for a category at the top
    record CreateCategory(@Nullable String categoryId, @Nullable String parentId, String name)
            implements CategoryCommand {}

    record RenameCategory(String categoryId, String name) implements CategoryCommand {}
}
