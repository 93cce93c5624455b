package dev.twofold.postgres;

import dev.twofold.EventFeed;
import dev.twofold.EventStoreException;
import dev.twofold.postgres.ProjectionRunner.Target;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import javax.sql.DataSource;

/// The projections of one process: keeps them up to date once started, and knows how far they are.
///
/// Any number of processes may run the same projections; each batch is done by one of them. A
/// process that only queries makes one too, to wait on, and does not start it. Safe for use by many
/// threads.
public final class Projections implements AutoCloseable {
    private final DataSource dataSource;
    private final EventFeed feed;
    private final Checkpoints checkpoints;
    private final Watch<Long> head;
    private final List<ProjectionRunner<?>> runners = new ArrayList<>();
    private final List<ProjectionLoop> loops = new ArrayList<>();
    private final Rebuilds rebuilds;

    /// @param dataSource of the database with the projections' tables, which the migrations made
    /// @param feed the log, there or elsewhere, or what carries it here
    /// @param projections also those that the log keeps inline, so that they can be listed, waited
    ///   for and rebuilt
    public Projections(DataSource dataSource, EventFeed feed, List<Projection<?>> projections) {
        this.dataSource = dataSource;
        this.feed = feed;
        this.checkpoints = new Checkpoints(dataSource);
        this.head = new Watch<>("log-head", 0L, feed::head, Math::max);
        List<ProjectionRunner<?>> builders = new ArrayList<>();
        for (Projection<?> projection : projections) {
            ProjectionRunner<?> runner = runner(projection, Generations::live);
            runners.add(runner);
            if (!isInline(projection)) {
                loops.add(new ProjectionLoop(projection.name(), runner, head));
            }
            builders.add(runner(projection, Generations::building));
        }
        this.rebuilds = new Rebuilds(builders);
    }

    private boolean isInline(Projection<?> projection) {
        return feed instanceof PostgresEventStore log && log.keepsInline(projection.name());
    }

    private ProjectionRunner<?> runner(Projection<?> projection, Target target) {
        return new ProjectionRunner<>(
                dataSource, feed, projection, target, checkpoints, projection.batchSize());
    }

    /// Takes in the log from now on, with a thread for each projection and one for rebuilds.
    public void start() {
        loops.forEach(ProjectionLoop::start);
        rebuilds.start();
    }

    /// Takes in the log up to its end, in the calling thread, each projection until it can go no
    /// further, and finishes rebuilds: for tests and one-off work, in place of [#start].
    public void catchUp() {
        for (ProjectionRunner<?> runner : runners) {
            while (runner.step() instanceof Step.Advanced) {
                // the next batch
            }
        }
        rebuilds.finish();
    }

    /// How each generation of each projection in the database is doing.
    ///
    /// @throws EventStoreException if the database, or the log, is out of reach
    public List<GenerationStatus> list() {
        return checkpoints.list(feed.head());
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

    /// Has someone told what each batch that this process takes into a view has changed, once
    /// queries see it: a cache of its documents, such as one in another process, that drops them.
    ///
    /// Not told are batches of other processes, and events set aside that are taken in later: the
    /// documents that wait for those are told when they begin to wait. The listener is called by
    /// the thread that does the batch, in the order of the batches; when it throws, the batch stays
    /// done.
    ///
    /// @throws IllegalArgumentException if this process has no such projection
    public void onChange(String view, Consumer<ViewChanges> listener) {
        runner(view).onChange(listener);
    }

    /// Waits until queries of a projection see the log up to a position.
    ///
    /// @throws InterruptedException if the thread is interrupted before or while it waits
    public WaitOutcome await(String projection, long position, Duration timeout)
            throws InterruptedException {
        return checkpoints.await(projection, position, timeout);
    }

    /// The events that one projection has set aside for a document that they do not fit, and those
    /// that wait behind them.
    ///
    /// @throws EventStoreException if the database is out of reach
    public List<ParkedEvent> parked(String projection) {
        ProjectionRunner<?> runner = runner(projection);
        return reaching(projection, runner::parked);
    }

    /// Takes the event into its document, and then those that wait behind it, as far as it goes.
    ///
    /// @return the one that it ends with; empty if nothing is set aside for the document any more
    /// @throws EventStoreException if the database is out of reach
    public Optional<ParkedEvent> retry(ParkedEvent event) {
        ProjectionRunner<?> runner = runner(event.projection());
        return reaching(
                event.projection(),
                () -> {
                    if (runner.resume(event.document()) == null) {
                        return Optional.empty();
                    }
                    return runner.parked().stream()
                            .filter(parked -> parked.document().equals(event.document()))
                            .findFirst();
                });
    }

    /// Gives an event up for its document, and takes those that wait behind it into the document as
    /// far as it goes. The event is kept, with the reason why it was dropped.
    ///
    /// @return the one that it ends with; empty if nothing is set aside for the document any more
    /// @throws EventStoreException if the database is out of reach
    public Optional<ParkedEvent> drop(ParkedEvent event, String because) {
        ProjectionRunner<?> runner = runner(event.projection());
        reaching(
                event.projection(), () -> runner.drop(event.document(), event.position(), because));
        return retry(event);
    }

    private <T> T change(String projection, GenerationChange<T> change) {
        Generations generations = runner(projection).generations();
        return reaching(
                projection,
                () ->
                        Transaction.run(
                                dataSource, connection -> change.make(generations, connection)));
    }

    private ProjectionRunner<?> runner(String projection) {
        return runners.stream()
                .filter(runner -> runner.name().equals(projection))
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "there is no projection \"%s\"; those of this process are %s"
                                                .formatted(
                                                        projection,
                                                        runners.stream()
                                                                .map(ProjectionRunner::name)
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
    }
}
