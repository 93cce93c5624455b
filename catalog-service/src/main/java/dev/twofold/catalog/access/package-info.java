/// Who may do what in the catalog, and how often.
@NullMarked
package dev.twofold.catalog.access;

import org.jspecify.annotations.NullMarked;
