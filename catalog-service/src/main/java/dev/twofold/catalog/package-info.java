/// The product catalog.
@NullMarked
package dev.twofold.catalog;

import org.jspecify.annotations.NullMarked;
