@NullMarked
package dev.twofold.cluster;

import org.jspecify.annotations.NullMarked;
