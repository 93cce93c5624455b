/// The tree of categories, kept as rows, with an event for each change.
@NullMarked
package dev.twofold.catalog.category;

import org.jspecify.annotations.NullMarked;
