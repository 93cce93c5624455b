package dev.twofold.catalog;

import java.util.Locale;

/// What a node of the catalog does. Nodes share nothing but the database, Kafka and Redis.
public enum Role {
    /// Everything.
    ALL,
    /// Takes commands and feeds, and keeps no views.
    COMMAND,
    /// Keeps the views and answers queries.
    QUERY,
    /// Publishes the log to Kafka.
    RELAY;

    public boolean takesCommands() {
        return this == ALL || this == COMMAND;
    }

    public boolean answersQueries() {
        return this == ALL || this == QUERY;
    }

    public boolean relays() {
        return this == ALL || this == RELAY;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
