package dev.twofold.catalog.category;

import dev.twofold.Keys;
import dev.twofold.Recorded;
import dev.twofold.View;
import dev.twofold.catalog.CatalogEvent;
import dev.twofold.catalog.category.CategoryEvent.CategoryCreated;
import dev.twofold.catalog.category.CategoryEvent.CategoryRenamed;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Where a category is in the tree, from the top down to itself: for other views to look up by its
/// id.
public record CategoryPath(List<Step> steps) {
    public static final View<CatalogEvent, CategoryPath> VIEW = new Fold();

    /// A category on the way.
    public record Step(String id, String name) {}

    public CategoryPath {
        steps = List.copyOf(steps);
    }

    /// The path after one of its categories was renamed.
    public CategoryPath renamed(String categoryId, String name) {
        return new CategoryPath(
                steps.stream()
                        .map(step -> step.id.equals(categoryId) ? new Step(categoryId, name) : step)
                        .toList());
    }

    private CategoryPath down(Step step) {
        List<Step> longer = new ArrayList<>(steps);
        longer.add(step);
        return new CategoryPath(longer);
    }

    private static final class Fold implements View<CatalogEvent, CategoryPath> {
        private static final CategoryPath TOP = new CategoryPath(List.of());

        @Override
        public String name() {
            return "category-path";
        }

        @Override
        public int revision() {
            return 1;
        }

        @Override
        public Class<CategoryPath> documentType() {
            return CategoryPath.class;
        }

        @Override
        public Keys keys(CatalogEvent event) {
            return switch (event) {
                case CategoryCreated(var id, var parentId, _) ->
                        parentId == null ? Keys.of(id) : Keys.of(id).reading(this, parentId);
                case CategoryRenamed(var id, _) -> Keys.none().referring(id);
                default -> Keys.none();
            };
        }

        @Override
        public @Nullable CategoryPath fold(
                String key,
                @Nullable CategoryPath document,
                Recorded<CatalogEvent> event,
                Lookup lookup) {
            return switch (event.event()) {
                case CategoryCreated(var id, var parentId, var name) ->
                        parent(parentId, lookup).down(new Step(id, name));
                case CategoryRenamed(var id, var name) when document != null ->
                        document.renamed(id, name);
                default -> document;
            };
        }

        private CategoryPath parent(@Nullable String parentId, Lookup lookup) {
            return parentId == null
                    ? TOP
                    : lookup.find(this, parentId)
                            .orElseThrow(
                                    () ->
                                            new IllegalStateException(
                                                    "the log has no category \"%s\" before this"
                                                            .formatted(parentId)));
        }

        @Override
        public Set<String> references(CategoryPath document) {
            return document.steps.stream().map(Step::id).collect(Collectors.toSet());
        }
    }
}
