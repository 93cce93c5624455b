package dev.twofold.catalog.search;

import dev.twofold.catalog.http.ViewQuery;
import dev.twofold.catalog.product.ProductPage;

/// How fresh the view that search looks into is.
record SearchView(ViewQuery<ProductPage> query) {}
