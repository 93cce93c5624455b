/// The shop as one would write it without CQRS, on normalized tables: by SQL, and by Spring Data
/// JPA in two ways. A service of its own for each, to be measured beside the catalog.
@NullMarked
package dev.twofold.benchmarks.shop;

import org.jspecify.annotations.NullMarked;
