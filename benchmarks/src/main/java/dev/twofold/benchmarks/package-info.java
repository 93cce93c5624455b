/// What Twofold costs, measured beside its peers in one run on one PostgreSQL.
@NullMarked
package dev.twofold.benchmarks;

import org.jspecify.annotations.NullMarked;
