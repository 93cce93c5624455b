package dev.twofold.postgres;

import dev.twofold.Codec;
import dev.twofold.View;
import java.util.regex.Pattern;

/// A view whose documents are kept in a table of their own, one row a document.
///
/// The rows have `key`, `document` (jsonb), `refs` (text[]) and `position` (of the last event that
/// touched the document). Plain SQL finds them under the view's name with `_` for `-`: a database
/// view over the table that serves at the time, in the first schema of the connection's search
/// path.
///
/// @param view its name has lower case letters, digits and hyphens, at most 40
/// @param definitions SQL that is run once on each new table, which it calls `${table}`: generated
///   columns for what is filtered and sorted by, and indexes on them
public record ViewTable<E, D>(View<E, D> view, Codec codec, String definitions) {
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9]*(-[a-z0-9]+)*");
    private static final int MAX_NAME_LENGTH = 40;

    public ViewTable {
        requireName(view);
        for (View<E, ?> lookup : view.lookups()) {
            requireName(lookup);
        }
    }

    /// A table with no further columns.
    public ViewTable(View<E, D> view, Codec codec) {
        this(view, codec, "");
    }

    /// The name of the database view.
    String name() {
        return view.name().replace('-', '_');
    }

    /// The name of the table that a generation keeps the documents of the view, or of one of its
    /// lookups, in.
    String name(int generation, View<E, ?> of) {
        String own = "%s_%d".formatted(name(), generation);
        return of.equals(view) ? own : own + "_" + of.name().replace('-', '_');
    }

    private static void requireName(View<?, ?> view) {
        String name = view.name();
        if (name.length() > MAX_NAME_LENGTH || !NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    ("a view's name has lower case letters, digits and hyphens, at most %d,"
                                    + " but was \"%s\"")
                            .formatted(MAX_NAME_LENGTH, name));
        }
    }
}
