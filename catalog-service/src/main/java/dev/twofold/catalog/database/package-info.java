/// The folder that keeps a catalog's data, and the PostgreSQL server that runs on it.
@NullMarked
package dev.twofold.catalog.database;

import org.jspecify.annotations.NullMarked;
