package dev.twofold.postgres;

import dev.twofold.EventTypes;
import dev.twofold.Recorded;
import dev.twofold.ViewFold.Detour;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/// What a family of events is projected into, and how.
///
/// Its events take effect in order and each exactly once: what a batch changes and how far the
/// projection has come are committed together.
///
/// @param <E> events
public abstract sealed class Projection<E> permits ViewProjection {
    private final String name;
    private final int revision;
    private final EventTypes<E> types;

    Projection(String name, int revision, EventTypes<E> types) {
        this.name = name;
        this.revision = revision;
        this.types = types;
    }

    /// The documents of a view, and of the views it looks up, under the view's name.
    public static <E, D> Projection<E> of(EventTypes<E> types, ViewTable<E, D> table) {
        return new ViewProjection<>(types, table);
    }

    public String name() {
        return name;
    }

    public int revision() {
        return revision;
    }

    EventTypes<E> types() {
        return types;
    }

    /// Makes the tables of a new generation.
    abstract void create(Connection connection, int generation) throws SQLException;

    /// Makes queries meet this generation.
    abstract void serve(Connection connection, int generation) throws SQLException;

    /// Lets the events take effect, in the caller's transaction.
    ///
    /// @throws EventFailure if it is known which event failed; nothing is written then
    abstract void apply(
            Connection connection, int generation, List<Recorded<E>> events, Detour detour)
            throws SQLException, EventFailure;
}
