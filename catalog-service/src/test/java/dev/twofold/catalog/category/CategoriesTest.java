package dev.twofold.catalog.category;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.CommandOutcome;
import dev.twofold.CommandOutcome.Accepted;
import dev.twofold.CommandOutcome.Refused;
import dev.twofold.Metadata;
import dev.twofold.catalog.TestWriteSide;
import dev.twofold.catalog.category.CategoryCommand.CreateCategory;
import dev.twofold.catalog.category.CategoryCommand.RenameCategory;
import dev.twofold.catalog.category.CategoryEvent.CategoryCreated;
import dev.twofold.catalog.category.CategoryEvent.CategoryRenamed;
import dev.twofold.catalog.category.CategoryRefusal.IdTaken;
import dev.twofold.catalog.category.CategoryRefusal.NameTaken;
import dev.twofold.catalog.category.CategoryRefusal.UnknownCategory;
import dev.twofold.catalog.category.CategoryRefusal.UnknownParent;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CategoriesTest {
    private final TestWriteSide catalog = new TestWriteSide();
    private final Categories categories = catalog.categories;

    @AfterEach
    void close() {
        catalog.close();
    }

    @Test
    void creates_a_tree_with_ids_made_from_names() {
        handle(new CreateCategory(null, null, "Kitchen & Table"));
        handle(new CreateCategory(null, "kitchen-table", "Pots"));
        handle(new CreateCategory("p", "kitchen-table", "pots"));
        assertThat(catalog.events())
                .containsExactly(
                        new CategoryCreated("kitchen-table", null, "Kitchen & Table"),
                        new CategoryCreated("kitchen-table.pots", "kitchen-table", "Pots"),
                        new CategoryCreated("p", "kitchen-table", "pots"));
    }

    @Test
    void refuses_what_is_taken_or_not_there() {
        handle(new CreateCategory("k", null, "Kitchen"));
        assertThat(reason(handle(new CreateCategory(null, null, "Kitchen"))))
                .isEqualTo(new NameTaken("Kitchen", "k"));
        assertThat(reason(handle(new CreateCategory("k", null, "Garden"))))
                .isEqualTo(new IdTaken("k"));
        assertThat(reason(handle(new CreateCategory(null, "g", "Pots"))))
                .isEqualTo(new UnknownParent("g"));
        assertThat(reason(handle(new RenameCategory("g", "Garden"))))
                .isEqualTo(new UnknownCategory("g"));
        assertThat(reason(handle(new CreateCategory(null, null, ""))).field()).isEqualTo("name");
        assertThat(catalog.events()).hasSize(1);
    }

    @Test
    void takes_the_same_name_in_another_place() {
        handle(new CreateCategory("k", null, "Kitchen"));
        assertThat(handle(new CreateCategory(null, "k", "Kitchen"))).isInstanceOf(Accepted.class);
    }

    @Test
    void creates_the_missing_steps_of_paths_once() {
        List<String> pots = List.of("Kitchen", "Pots");
        List<String> lids = List.of("Kitchen", "Pots", "Lids");
        List<String> top = List.of("Kitchen");
        assertThat(categories.ensure(List.of(lids, pots, top), Metadata.none()))
                .isEqualTo(
                        Map.of(
                                lids, "kitchen.pots.lids",
                                pots, "kitchen.pots",
                                top, "kitchen"));
        categories.ensure(List.of(lids), Metadata.none());
        assertThat(catalog.events()).hasSize(3);
        assertThat(categories.ids(List.of(pots, List.of("Garden"))))
                .isEqualTo(Map.of(pots, "kitchen.pots"));
    }

    @Test
    void renames_a_category_which_feeds_still_find_by_its_first_name() {
        List<String> pots = List.of("Kitchen", "Pots");
        categories.ensure(Set.of(pots), Metadata.none());
        assertThat(handle(new RenameCategory("kitchen", "Cooking")))
                .isEqualTo(
                        new Accepted<>(
                                new Category("kitchen", null, "Cooking", "Kitchen", 2), 3, 1));
        assertThat(handle(new RenameCategory("kitchen", "Cooking")))
                .isEqualTo(
                        new Accepted<>(
                                new Category("kitchen", null, "Cooking", "Kitchen", 2), 3, 0));
        assertThat(categories.ensure(Set.of(pots), Metadata.none()))
                .isEqualTo(Map.of(pots, "kitchen.pots"));
        assertThat(catalog.events()).hasSize(3).endsWith(new CategoryRenamed("kitchen", "Cooking"));
    }

    private CommandOutcome<Category, CategoryRefusal> handle(CategoryCommand command) {
        return categories.handle(command, Metadata.none());
    }

    private static CategoryRefusal reason(CommandOutcome<Category, CategoryRefusal> outcome) {
        assertThat(outcome).isInstanceOf(Refused.class);
        return ((Refused<Category, CategoryRefusal>) outcome).reason();
    }
}
