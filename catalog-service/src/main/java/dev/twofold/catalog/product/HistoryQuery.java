package dev.twofold.catalog.product;

import dev.twofold.LiveView.AsOf;
import dev.twofold.QueryFor;
import dev.twofold.catalog.product.ProductHistory.Price;
import dev.twofold.postgres.TableAnswer;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// What can be asked about the past of a product, each with the position up to which the log that
/// it is looked up in has to go.
///
/// @param <A> what is read
sealed interface HistoryQuery<A> extends QueryFor<TableAnswer<A>> {

    /// The page as it was at a point in time.
    record FindAsOf(String productId, Instant time, long notBefore)
            implements HistoryQuery<Optional<AsOf<ProductPage>>> {}

    /// The page as it was right after an event of the product's own.
    ///
    /// @param version the number of that event, from 1
    record FindVersion(String productId, int version, long notBefore)
            implements HistoryQuery<Optional<AsOf<ProductPage>>> {}

    /// The prices of a product one after the other.
    ///
    /// @param after the position of the price before
    record ListPrices(String productId, long after, int limit, long notBefore)
            implements HistoryQuery<List<Price>> {}
}
