/// Products: the rules by which they change, the events that tell of it, and the pages that show
/// them.
@NullMarked
package dev.twofold.catalog.product;

import org.jspecify.annotations.NullMarked;
