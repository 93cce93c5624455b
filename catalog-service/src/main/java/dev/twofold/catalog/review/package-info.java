/// Reviews of products by customers.
@NullMarked
package dev.twofold.catalog.review;

import org.jspecify.annotations.NullMarked;
