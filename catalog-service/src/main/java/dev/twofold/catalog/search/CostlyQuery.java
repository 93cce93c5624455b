package dev.twofold.catalog.search;

import dev.twofold.QueryFor;
import dev.twofold.postgres.TableAnswer;

/// A query that costs so much that a node answers only a few such at once.
///
/// @param <A> what is read
sealed interface CostlyQuery<A> extends QueryFor<TableAnswer<A>>
        permits SearchProducts, SuggestProducts {}
