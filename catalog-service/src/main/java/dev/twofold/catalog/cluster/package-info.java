/// All parts of a catalog on one machine, to play with.
@NullMarked
package dev.twofold.catalog.cluster;

import org.jspecify.annotations.NullMarked;
