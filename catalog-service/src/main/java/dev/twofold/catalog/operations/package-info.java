/// What operators do over HTTP.
@NullMarked
package dev.twofold.catalog.operations;

import org.jspecify.annotations.NullMarked;
