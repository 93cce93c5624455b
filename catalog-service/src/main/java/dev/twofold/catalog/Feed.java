package dev.twofold.catalog;

import java.util.Locale;

/// Where the views of a node get the events from.
public enum Feed {
    /// The log, in the node's database.
    DATABASE,
    /// Its topics; the views are in a database of the node's own.
    KAFKA;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
