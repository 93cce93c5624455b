package dev.twofold.postgres;

import dev.twofold.EventTypes;
import dev.twofold.Recorded;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What a family of events is projected into, and how.
///
/// Its events take effect in order and each exactly once: what a batch changes and how far the
/// projection has come are committed together.
///
/// @param <E> events
public abstract sealed class Projection<E>
        permits OwnTables, SqlProjection, Subscription, ViewProjection {
    private final String name;
    private final int revision;
    private final EventTypes<E> types;
    private volatile @Nullable String fingerprint;

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
    /// the projection. In partitions, each is given the events of its streams, and those of no
    /// stream are all given to one.
    ///
    /// @param name lower case letters, digits and hyphens, at most 25
    /// @param revision raised when the table is to be made anew
    /// @param definitions SQL that creates the table, which it calls `${table}`, and any others
    ///   that go with it, such as `${table}_detail`
    /// @param batch best in a class that knows little else of the application: a change of what
    ///   that reaches, under the same revision, is said at start
    public static <E> Projection<E> sql(
            String name, int revision, EventTypes<E> types, String definitions, SqlBatch<E> batch) {
        return new SqlProjection<>(name, revision, types, definitions, batch);
    }

    /// Tables that the application's own migrations make, such as normalized ones with foreign keys
    /// to others, kept by SQL of one's own.
    ///
    /// There is one set of them, so they are not rebuilt beside those that serve: to have them
    /// filled anew, empty them and give the projection another name.
    ///
    /// @param name lower case letters, digits and hyphens, at most 25
    public static <E> Projection<E> ownTables(String name, EventTypes<E> types, SqlBatch<E> batch) {
        return new OwnTables<>(name, types, batch);
    }

    /// Code that acts on events outside the database, such as one that sends mail.
    ///
    /// It is given every event of the log at least once, in order, by one process at a time. When
    /// it throws, the same event is given again after a while, and none after it before; once that
    /// has been tried as often as [FailurePolicy] has it, the event is parked with the later ones
    /// of its stream, and those of other streams go on ([Projections#retry] gives it again, and
    /// those behind it in their order). Events of no stream count as one stream.
    ///
    /// In partitions ([Projections#repartition]), it is given the events of each stream in order,
    /// but those of different streams at the same time, by several processes if there are: then it
    /// has to be safe for use by many threads.
    ///
    /// A call that takes longer than a minute may be repeated by another process meanwhile.
    ///
    /// @param name lower case letters, digits and hyphens, at most 25
    /// @param types those to be given, see [EventTypes#narrow]
    public static <E> Projection<E> subscription(
            String name, EventTypes<E> types, Consumer<Recorded<E>> handler) {
        return subscription(name, types, EventFilter.all(), handler);
    }

    /// As [#subscription(String, EventTypes, Consumer)], for some of the events of the types.
    public static <E> Projection<E> subscription(
            String name, EventTypes<E> types, EventFilter filter, Consumer<Recorded<E>> handler) {
        return new Subscription<>(name, types, filter, handler);
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

    /// Which of the events of its types it is given.
    EventFilter filter() {
        return EventFilter.all();
    }

    BatchSize batchSize() {
        return new BatchSize(BatchSize.FEWEST, BatchSize.MOST);
    }

    /// How often an event is tried where it stands, in its turn, before it is set aside for the
    /// document that it fails for.
    int attemptsInTurn(FailurePolicy policy) {
        return 1;
    }

    /// Whether there is anything that can be made anew from the log.
    boolean rebuildable() {
        return true;
    }

    /// What its tables are made by; empty if that cannot be seen. Looked at once.
    final String fingerprint() {
        String known = fingerprint;
        if (known == null) {
            known = madeBy();
            fingerprint = known;
        }
        return known;
    }

    /// As [#fingerprint()], looked at anew.
    abstract String madeBy();

    /// How long its code may take between two statements before its transaction is given up: so
    /// long does it take to replace a process that is suspended there.
    Duration patience() {
        return Duration.ofSeconds(10);
    }

    /// Makes the tables of a new generation with one partition.
    abstract void create(Connection connection, int generation) throws SQLException;

    /// Adds or removes the tables that partitions keep for themselves, when there come to be more
    /// or fewer of them; all have come equally far.
    void resize(Connection connection, int generation, int from, int to) throws SQLException {
        // most keep none
    }

    /// Removes the tables of a generation.
    abstract void drop(Connection connection, int generation, int partitions) throws SQLException;

    /// Has the database look at what is in the tables of a generation, for its plans.
    void analyze(Connection connection, int generation) throws SQLException {
        DocumentTable.analyze(connection, TableName.of(name, generation));
    }

    /// Makes queries meet this generation.
    void serve(Connection connection, int generation) throws SQLException {
        new ServingView(TableName.of(name)).pointTo(connection, TableName.of(name, generation));
    }

    /// The documents that taking in these events begins with, as far as that is known.
    Prefetch prefetch(Partition partition, List<Recorded<E>> events) {
        return Prefetch.nothing();
    }

    /// Lets those of the events that concern a partition take effect, in the caller's transaction.
    ///
    /// @param parking who waits already for events that are set aside
    /// @param spreading what is pending, and what of these events comes to be
    /// @param fetched documents that have been read in the transaction
    /// @return what is left to be written
    /// @throws EventFailure if it is known which event failed; nothing is written then
    abstract Statements apply(
            Connection connection,
            Partition partition,
            List<Recorded<E>> events,
            Parking parking,
            Spreading<E> spreading,
            Prefetch fetched)
            throws SQLException, EventFailure;
}
