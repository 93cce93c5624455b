package dev.twofold.catalog.category;

import dev.twofold.QueryFor;
import dev.twofold.postgres.TableAnswer;
import java.util.List;
import java.util.Optional;

/// What can be asked about categories, each with the position that the answer has to reflect.
///
/// @param <A> what is read
sealed interface CategoryQuery<A> extends QueryFor<TableAnswer<A>> {

    record FindCategory(String id, long notBefore) implements CategoryQuery<Optional<Category>> {}

    /// The categories that come after a name and id, by name.
    record ListCategories(String name, String id, int limit, long notBefore)
            implements CategoryQuery<List<CategoryListing.Item>> {}
}
