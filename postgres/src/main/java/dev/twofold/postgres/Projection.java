package dev.twofold.postgres;

import dev.twofold.EventTypes;
import dev.twofold.Recorded;
import dev.twofold.ViewFold.Detour;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.function.Consumer;

/// What a family of events is projected into, and how.
///
/// Its events take effect in order and each exactly once: what a batch changes and how far the
/// projection has come are committed together.
///
/// @param <E> events
public abstract sealed class Projection<E> permits SqlProjection, Subscription, ViewProjection {
    private final String name;
    private final int revision;
    private final EventTypes<E> types;

    Projection(String name, int revision, EventTypes<E> types) {
        TableName.of(name);
        this.name = name;
        this.revision = revision;
        this.types = types;
    }

    /// The documents of a view, and of the views it looks up, under the view's name.
    public static <E, D> Projection<E> of(EventTypes<E> types, ViewTable<E, D> table) {
        return new ViewProjection<>(types, table);
    }

    /// A table that is kept by SQL of one's own: for what is not a document for each key.
    ///
    /// Plain SQL finds it under the name, with `_` for `-`. An event at which the batch fails stops
    /// the projection.
    ///
    /// @param name lower case letters, digits and hyphens, at most 25
    /// @param revision raised when the table is to be made anew
    /// @param definitions SQL that creates the table, which it calls `${table}`
    public static <E> Projection<E> sql(
            String name, int revision, EventTypes<E> types, String definitions, SqlBatch<E> batch) {
        return new SqlProjection<>(name, revision, types, definitions, batch);
    }

    /// Code that acts on events outside the database, such as one that sends mail.
    ///
    /// It is given every event of the log at least once, in order, by one process at a time. When
    /// it throws, the same event is given again after a while, and none after it before.
    ///
    /// @param name lower case letters, digits and hyphens, at most 25
    /// @param types those to be given, see [EventTypes#narrow]
    public static <E> Projection<E> subscription(
            String name, EventTypes<E> types, Consumer<Recorded<E>> handler) {
        return new Subscription<>(name, types, handler);
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

    BatchSize batchSize() {
        return new BatchSize(BatchSize.FEWEST, BatchSize.MOST);
    }

    /// Whether there is anything that can be made anew from the log.
    boolean rebuildable() {
        return true;
    }

    /// What its tables are made by; empty if that cannot be seen.
    abstract String fingerprint();

    /// Makes the tables of a new generation.
    abstract void create(Connection connection, int generation) throws SQLException;

    /// Removes the tables of a generation.
    abstract void drop(Connection connection, int generation) throws SQLException;

    /// Makes queries meet this generation.
    void serve(Connection connection, int generation) throws SQLException {
        new ServingView(TableName.of(name)).pointTo(connection, TableName.of(name, generation));
    }

    /// Lets the events take effect, in the caller's transaction.
    ///
    /// @throws EventFailure if it is known which event failed; nothing is written then
    abstract void apply(
            Connection connection, int generation, List<Recorded<E>> events, Detour detour)
            throws SQLException, EventFailure;
}
