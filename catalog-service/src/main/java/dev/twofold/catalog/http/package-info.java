/// What all HTTP endpoints of the catalog have in common.
@NullMarked
package dev.twofold.catalog.http;

import org.jspecify.annotations.NullMarked;
