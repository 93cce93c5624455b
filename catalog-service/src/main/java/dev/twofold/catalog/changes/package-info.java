/// What has changed in the catalog, day by day.
@NullMarked
package dev.twofold.catalog.changes;

import org.jspecify.annotations.NullMarked;
