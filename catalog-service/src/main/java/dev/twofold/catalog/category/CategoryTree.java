package dev.twofold.catalog.category;

import dev.twofold.catalog.Slug;
import dev.twofold.catalog.category.CategoryEvent.CategoryCreated;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// All categories by where they were created and under which name, and by the names they have now.
/// Not safe for use by many threads.
final class CategoryTree {
    private static final int MAX_ID_LENGTH = 90;

    private final Map<Place, String> ids = new HashMap<>();
    private final Map<Place, String> renamed = new HashMap<>();
    private final Set<String> taken = new HashSet<>();

    private record Place(@Nullable String parentId, String name) {}

    void add(Category category) {
        ids.put(new Place(category.parentId(), category.alias()), category.id());
        if (!category.name().equals(category.alias())) {
            renamed.merge(
                    new Place(category.parentId(), category.name()),
                    category.id(),
                    (one, other) -> one.compareTo(other) < 0 ? one : other);
        }
        taken.add(category.id());
    }

    /// Adds a category with an id made from those of its parent and its name.
    CategoryCreated add(@Nullable String parentId, String name) {
        String slug = Slug.of(name);
        String full = parentId == null ? slug : parentId + "." + slug;
        String id = Slug.free(full.length() > MAX_ID_LENGTH ? slug : full, taken::contains);
        ids.put(new Place(parentId, name), id);
        taken.add(id);
        return new CategoryCreated(id, parentId, name);
    }

    boolean contains(String id) {
        return taken.contains(id);
    }

    /// The category that was created there with this name.
    Optional<String> find(@Nullable String parentId, String alias) {
        return Optional.ofNullable(ids.get(new Place(parentId, alias)));
    }

    /// The category that was created there with this name or, if none was, has it now.
    Optional<String> named(@Nullable String parentId, String name) {
        return find(parentId, name)
                .or(() -> Optional.ofNullable(renamed.get(new Place(parentId, name))));
    }

    /// The category with these names, from the top down.
    Optional<String> find(List<String> path) {
        String id = null;
        for (String name : path) {
            Optional<String> next = named(id, name);
            if (next.isEmpty()) {
                return next;
            }
            id = next.get();
        }
        return Optional.ofNullable(id);
    }
}
