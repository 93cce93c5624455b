/// Full text search for products: its read model, its queries and their endpoints.
@NullMarked
package dev.twofold.catalog.search;

import org.jspecify.annotations.NullMarked;
