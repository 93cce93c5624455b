package dev.twofold.catalog.brand;

import dev.twofold.QueryFor;
import dev.twofold.postgres.TableAnswer;
import java.util.List;
import java.util.Optional;

/// What can be asked about brands, each with the position that the answer has to reflect.
///
/// @param <A> what is read
sealed interface BrandQuery<A> extends QueryFor<TableAnswer<A>> {

    record FindBrand(String id, long notBefore) implements BrandQuery<Optional<Brand>> {}

    /// The brands that come after a name and id, by name.
    record ListBrands(String name, String id, int limit, long notBefore)
            implements BrandQuery<List<BrandListing.Item>> {}
}
