package dev.twofold.catalog.product;

import dev.twofold.QueryFor;
import dev.twofold.catalog.product.ProductListing.Filter;
import dev.twofold.catalog.product.ProductListing.Page;
import dev.twofold.catalog.product.ProductListing.Place;
import dev.twofold.catalog.product.ProductListing.Sort;

/// Which products can be bought, in an order, after a place in it.
record ListProducts(Filter filter, Sort sort, Place after, int limit) implements QueryFor<Page> {}
