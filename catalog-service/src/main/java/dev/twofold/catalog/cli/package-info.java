/// The command line.
@NullMarked
package dev.twofold.catalog.cli;

import org.jspecify.annotations.NullMarked;
