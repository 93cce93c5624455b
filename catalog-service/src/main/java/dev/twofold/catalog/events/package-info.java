/// What changes in the catalog, told while it changes.
@NullMarked
package dev.twofold.catalog.events;

import org.jspecify.annotations.NullMarked;
