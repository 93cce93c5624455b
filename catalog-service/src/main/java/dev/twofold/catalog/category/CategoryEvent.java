package dev.twofold.catalog.category;

import dev.twofold.catalog.CatalogEvent;
import org.jspecify.annotations.Nullable;

/// What happened to a category.
public sealed interface CategoryEvent extends CatalogEvent {

    String categoryId();

    record CategoryCreated(String categoryId, @Nullable String parentId, String name)
            implements CategoryEvent {}

    record CategoryRenamed(String categoryId, String name) implements CategoryEvent {}
}
