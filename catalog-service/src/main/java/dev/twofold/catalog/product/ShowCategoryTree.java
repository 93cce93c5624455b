package dev.twofold.catalog.product;

import dev.twofold.QueryFor;
import dev.twofold.catalog.product.CountedCategories.Node;
import dev.twofold.postgres.TableAnswer;
import java.util.List;

/// Which categories there are, and how many products are in and below each.
///
/// @param notBefore the position that the answer has to reflect
record ShowCategoryTree(long notBefore) implements QueryFor<TableAnswer<List<Node>>> {}
