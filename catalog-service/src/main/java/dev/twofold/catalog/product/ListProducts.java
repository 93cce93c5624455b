package dev.twofold.catalog.product;

import dev.twofold.QueryFor;
import dev.twofold.catalog.product.ProductListing.Filter;
import dev.twofold.catalog.product.ProductListing.Page;
import dev.twofold.catalog.product.ProductListing.Place;
import dev.twofold.catalog.product.ProductListing.Sort;
import dev.twofold.postgres.TableAnswer;

/// Which products can be bought, in an order.
///
/// @param notBefore the position that the answer has to reflect
record ListProducts(Filter filter, Sort sort, Place after, int limit, long notBefore)
        implements QueryFor<TableAnswer<Page>> {

    /// Whether an index has the products of the category in the order that is asked for.
    boolean isByCategory() {
        return filter.categoryId() != null && filter.brandId() == null && sort.byCategory != null;
    }
}
