package dev.twofold.postgres;

import dev.twofold.Codec;
import dev.twofold.View;

/// A view whose documents are kept in a table of their own, one row a document.
///
/// The rows have `key`, `document` (jsonb), `refs` (text[]) and `position` (of the last event that
/// touched the document). Plain SQL finds them under the view's name with `_` for `-`: a database
/// view over the table that serves at the time, in the first schema of the connection's search
/// path. The documents that it looks up are found beside it, as `view__lookup`.
///
/// @param view its name has lower case letters, digits and hyphens, at most 25
/// @param definitions SQL that is run once on each new table, which it calls `${table}`: generated
///   columns for what is filtered and sorted by, and indexes on them
public record ViewTable<E, D>(View<E, D> view, Codec codec, String definitions) {

    public ViewTable {
        TableName.of(view.name());
        view.lookups().forEach(lookup -> TableName.of(lookup.name()));
    }

    /// A table with no further columns.
    public ViewTable(View<E, D> view, Codec codec) {
        this(view, codec, "");
    }
}
