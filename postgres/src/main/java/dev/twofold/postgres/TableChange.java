package dev.twofold.postgres;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A change of one row of a table.
///
/// @param table with its schema, such as `public.product`
/// @param before the row as a JSON object; null if there was none
/// @param after the row as a JSON object; null if there is none any more
public record TableChange(
        String table, @Nullable String before, @Nullable String after, Instant changedAt) {}
