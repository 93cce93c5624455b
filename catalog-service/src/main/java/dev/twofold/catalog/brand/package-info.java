/// Brands, kept as rows, with an event for each change.
@NullMarked
package dev.twofold.catalog.brand;

import org.jspecify.annotations.NullMarked;
