package dev.twofold.postgres;

import dev.twofold.EventStore;
import dev.twofold.EventStoreException;
import dev.twofold.postgres.ProjectionRunner.Target;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;

/// The projections of one process: keeps them up to date once started, and knows how far they are.
///
/// Any number of processes may run the same projections; each batch is done by one of them. A
/// process that only queries makes one too, to wait on, and does not start it. Safe for use by many
/// threads.
public final class Projections implements AutoCloseable {
    private final DataSource dataSource;
    private final EventStore store;
    private final Checkpoints checkpoints;
    private final Watch<Long> head;
    private final List<ProjectionRunner<?>> runners = new ArrayList<>();
    private final List<ProjectionLoop> loops = new ArrayList<>();
    private final List<Upkeep<?>> upkeeps = new ArrayList<>();
    private final Rebuilds rebuilds;
    private final Retries retries;
    private final FailurePolicy policy;

    /// Projections with the standard failure policy.
    public Projections(DataSource dataSource, EventStore store, List<Projection<?>> projections) {
        this(dataSource, store, projections, FailurePolicy.STANDARD);
    }

    /// @param dataSource of the database with the projections' tables, which the migrations made
    /// @param store the log, there or elsewhere
    /// @param policy for events that a handler throws at
    public Projections(
            DataSource dataSource,
            EventStore store,
            List<Projection<?>> projections,
            FailurePolicy policy) {
        this.dataSource = dataSource;
        this.store = store;
        this.policy = policy;
        this.checkpoints = new Checkpoints(dataSource, policy.attempts());
        this.head = new Watch<>("log-head", 0L, store::head, Math::max);
        List<ProjectionRunner<?>> builders = new ArrayList<>();
        for (Projection<?> projection : projections) {
            ProjectionRunner<?> runner = runner(projection, Generations::live);
            runners.add(runner);
            loops.add(new ProjectionLoop(projection.name(), runner, head));
            builders.add(runner(projection, Generations::building));
            upkeeps.add(new Upkeep<>(dataSource, store, projection, policy));
        }
        this.rebuilds = new Rebuilds(builders);
        this.retries = new Retries(upkeeps);
    }

    private ProjectionRunner<?> runner(Projection<?> projection, Target target) {
        return new ProjectionRunner<>(
                dataSource, store, projection, target, checkpoints, projection.batchSize(), policy);
    }

    /// Takes in the log from now on, with a thread for each projection, one for rebuilds and one
    /// for events that are set aside.
    public void start() {
        loops.forEach(ProjectionLoop::start);
        rebuilds.start();
        retries.start();
    }

    /// Takes in the log up to its end, in the calling thread, each projection until it can go no
    /// further, and finishes retries and rebuilds: for tests and one-off work, in place of
    /// [#start].
    public void catchUp() {
        runners.forEach(this::catchUp);
        rebuilds.finish();
        retries.finish();
        rebuilds.finish();
    }

    private void catchUp(ProjectionRunner<?> runner) {
        int attempts = 0;
        while (attempts < policy.attempts()) {
            switch (runner.step()) {
                case Step.Advanced _ -> attempts = 0;
                case Step.Stopped _ -> attempts++;
                case Step.Idle _, Step.Elsewhere _ -> attempts = policy.attempts();
            }
        }
    }

    /// How each generation of each projection in the database is doing.
    ///
    /// @throws EventStoreException if the database, or the log, is out of reach
    public List<GenerationStatus> list() {
        return checkpoints.list(store.head());
    }

    /// Has the tables of a projection made anew beside those that serve, and these replaced at once
    /// when the new ones have caught up; queries and new events go on meanwhile.
    ///
    /// Done by any started process of the same revision. If it is being done already, that goes on.
    ///
    /// @return the new generation
    /// @throws EventStoreException if the database is out of reach
    public int rebuild(String projection) {
        return change(projection, Generations::rebuild);
    }

    /// Gives up what is being made anew; whether there was anything.
    ///
    /// @throws EventStoreException if the database is out of reach
    public boolean cancelRebuild(String projection) {
        return change(projection, Generations::cancel);
    }

    /// Has queries answered by the generation that served before. It goes on from where it was
    /// left, by processes of its revision.
    ///
    /// @return that generation; empty if there is none
    /// @throws EventStoreException if the database is out of reach
    public Optional<Integer> rollBack(String projection) {
        return change(projection, Generations::rollBack);
    }

    /// Says that the log has grown, so that nobody has to find out by polling.
    public void appended(long position) {
        head.signal(position);
    }

    /// Waits until queries of a projection see the log up to a position.
    ///
    /// @throws InterruptedException if the thread is interrupted before or while it waits
    public WaitOutcome await(String projection, long position, Duration timeout)
            throws InterruptedException {
        return checkpoints.await(projection, position, timeout);
    }

    /// The events that a projection has set aside for documents that they do not fit, and those
    /// that wait behind them, each document's in order: of the generation that serves, and of one
    /// that is being built.
    ///
    /// @throws EventStoreException if the database is out of reach
    public List<ParkedEvent> parked(String projection) {
        return reaching(projection, upkeep(projection)::parked);
    }

    /// An event that is set aside as it is stored, as it is read, and the document that it does not
    /// fit.
    ///
    /// @throws EventStoreException if the database, or the log, is out of reach
    public InspectedEvent inspect(ParkedEvent event) {
        Upkeep<?> upkeep = upkeep(event.projection());
        return reaching(event.projection(), () -> upkeep.inspect(event));
    }

    /// Folds the document of an event anew from the log, in which this event and those behind it
    /// now have their place; likewise the documents that wait behind this one.
    ///
    /// Reads the whole log once. Events are read through the upcasters of this process.
    ///
    /// @return the one that it ends with; empty if nothing is set aside for the document any more
    /// @throws EventStoreException if the database, or the log, is out of reach
    public Optional<ParkedEvent> retry(ParkedEvent event) {
        Upkeep<?> upkeep = upkeep(event.projection());
        return reaching(event.projection(), () -> upkeep.retry(event));
    }

    /// Gives an event up for its document, which is then folded anew without it as by [#retry].
    ///
    /// The event is kept with the reason, see [#dropped], and has no effect on the document in
    /// later generations of the same revision either.
    ///
    /// @return the one that it ends with; empty if nothing is set aside for the document any more
    /// @throws IllegalArgumentException if the event is not set aside, or the reason is blank
    /// @throws EventStoreException if the database, or the log, is out of reach
    public Optional<ParkedEvent> drop(ParkedEvent event, String because) {
        Upkeep<?> upkeep = upkeep(event.projection());
        return reaching(event.projection(), () -> upkeep.drop(event, because));
    }

    /// Gives up the event at which a projection has stopped, so that it goes on without it; kept as
    /// by [#drop].
    ///
    /// @throws IllegalArgumentException if the projection has not stopped at this position, or the
    ///   reason is blank
    /// @throws EventStoreException if the database is out of reach
    public void skip(String projection, long position, String because) {
        Upkeep<?> upkeep = upkeep(projection);
        reaching(
                projection,
                () -> {
                    upkeep.skip(position, because);
                    return true;
                });
    }

    /// The events that have been given up, the first one first.
    ///
    /// @throws EventStoreException if the database is out of reach
    public List<DroppedEvent> dropped(String projection) {
        return reaching(projection, upkeep(projection)::dropped);
    }

    /// Folds one document of a view anew from the log and puts what comes of it in its place, while
    /// the view goes on. An event that does not fit is set aside for it.
    ///
    /// Reads the whole log once, and keeps all documents that the view looks up in memory.
    ///
    /// @throws IllegalStateException if the generation that serves was made by another revision, or
    ///   an event cannot be read
    /// @throws EventStoreException if the database, or the log, is out of reach
    public Repair repair(String projection, String key) {
        Upkeep<?> upkeep = upkeep(projection);
        return reaching(projection, () -> upkeep.repair(key));
    }

    /// Compares documents of a view with what the log makes of them, at one position: of the
    /// generation that is being built, or else of the one that serves.
    ///
    /// Reads the whole log once, and keeps the sample and all documents that the view looks up in
    /// memory. The view goes on meanwhile.
    ///
    /// @param sample how many documents to compare, about; chosen by their keys, always the same
    ///   ones
    /// @throws IllegalStateException if the generation was made by another revision, or an event
    ///   cannot be read
    /// @throws EventStoreException if the database, or the log, is out of reach
    public Verification verify(String projection, long sample) {
        Upkeep<?> upkeep = upkeep(projection);
        return reaching(projection, () -> upkeep.verify(sample));
    }

    private <T> T change(String projection, GenerationChange<T> change) {
        Generations generations = upkeep(projection).generations();
        return reaching(
                projection,
                () ->
                        Transaction.run(
                                dataSource, connection -> change.make(generations, connection)));
    }

    private Upkeep<?> upkeep(String projection) {
        return upkeeps.stream()
                .filter(upkeep -> upkeep.name().equals(projection))
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "there is no projection \"%s\"; those of this process are %s"
                                                .formatted(
                                                        projection,
                                                        upkeeps.stream()
                                                                .map(Upkeep::name)
                                                                .toList())));
    }

    private static <T> T reaching(String projection, SqlCall<T> call) {
        try {
            return call.make();
        } catch (SQLException e) {
            throw new EventStoreException(
                    "projection \"%s\" is out of reach".formatted(projection), e);
        }
    }

    private interface GenerationChange<T> {
        T make(Generations generations, Connection connection) throws SQLException;
    }

    private interface SqlCall<T> {
        T make() throws SQLException;
    }

    /// Stops taking in the log, and returns when the batches at hand have ended.
    @Override
    public void close() {
        loops.forEach(ProjectionLoop::close);
        rebuilds.close();
        retries.close();
    }
}
