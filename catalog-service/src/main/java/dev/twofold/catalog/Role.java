package dev.twofold.catalog;

import java.util.Locale;

/// What a node of the catalog does. Nodes share nothing but the database.
public enum Role {
    /// Everything.
    ALL,
    /// Takes commands and feeds, and keeps no views.
    COMMAND,
    /// Keeps the views and answers queries.
    QUERY;

    public boolean takesCommands() {
        return this != QUERY;
    }

    public boolean answersQueries() {
        return this != COMMAND;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
