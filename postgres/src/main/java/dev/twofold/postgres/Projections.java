package dev.twofold.postgres;

import dev.twofold.EventFeed;
import dev.twofold.EventStoreException;
import dev.twofold.Query;
import dev.twofold.RecordedEvent;
import dev.twofold.postgres.ProjectionRunner.Target;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import javax.sql.DataSource;

/// The projections of one process: keeps them up to date once started, and knows how far they are.
///
/// Any number of processes may run the same projections; each batch is done by one of them. A
/// process that only queries makes one too, to wait on, and does not start it. Safe for use by many
/// threads.
public final class Projections implements AutoCloseable {
    private static final int AT_ONCE = 4;

    private final DataSource dataSource;
    private final EventFeed feed;
    private final Checkpoints checkpoints;
    private final Watch<Long> head;
    private final List<ProjectionRunners<?>> serving = new ArrayList<>();
    private final ProjectionNode node;
    private final Rebuilds rebuilds;

    /// As [#Projections(DataSource, EventFeed, List, int)], with four batches at once.
    public Projections(DataSource dataSource, EventFeed feed, List<Projection<?>> projections) {
        this(dataSource, feed, projections, AT_ONCE);
    }

    /// @param dataSource of the database with the projections' tables, which the migrations made
    /// @param feed the log, there or elsewhere, or what carries it here
    /// @param projections also those that the log keeps inline, so that they can be listed, waited
    ///   for and rebuilt
    /// @param atOnce how many batches are done at once, at most: each has one connection of the
    ///   data source meanwhile, however many projections and partitions there are, and one of the
    ///   log may be used to read the next one
    public Projections(
            DataSource dataSource, EventFeed feed, List<Projection<?>> projections, int atOnce) {
        if (atOnce < 1) {
            throw new IllegalArgumentException(
                    "at least one batch is done at once, but %d were asked for".formatted(atOnce));
        }
        this.dataSource = dataSource;
        this.feed = feed;
        this.head = new Watch<>("log-head", 0L, feed::head, Math::max);
        this.checkpoints = new Checkpoints(dataSource, Nodes.newName());
        List<ProjectionRunners<?>> building = new ArrayList<>();
        for (Projection<?> projection : projections) {
            serving.add(runners(projection, Generations::live));
            building.add(runners(projection, Generations::building));
        }
        List<ProjectionRunners<?>> following =
                serving.stream().filter(runners -> !isInline(runners.name())).toList();
        this.node = new ProjectionNode(dataSource, checkpoints.node(), following, head, atOnce);
        this.rebuilds = new Rebuilds(building);
    }

    private boolean isInline(String projection) {
        return feed instanceof PostgresEventStore log && log.keepsInline(projection);
    }

    private ProjectionRunners<?> runners(Projection<?> projection, Target target) {
        return new ProjectionRunners<>(dataSource, feed, projection, target, checkpoints);
    }

    /// Takes in the log from now on, with other nodes that do the same.
    public void start() {
        node.start();
        rebuilds.start();
    }

    /// Takes in the log up to its end, in the calling thread, each projection until it can go no
    /// further, and finishes rebuilds: for tests and one-off work, in place of [#start].
    ///
    /// @throws EventStoreException if the database, or the log, is out of reach
    public void catchUp() {
        for (ProjectionRunners<?> runners : serving) {
            reaching(
                    runners.name(),
                    () -> {
                        int partitions;
                        do {
                            partitions = stepToEnd(runners);
                            runners.meet();
                        } while (partitions != runners.all().size());
                        return partitions;
                    });
        }
        rebuilds.finish();
    }

    private static int stepToEnd(ProjectionRunners<?> runners) throws SQLException {
        List<? extends ProjectionRunner<?>> all = runners.all();
        for (ProjectionRunner<?> runner : all) {
            while (runner.step() instanceof Step.Advanced) {
                // the next batch
            }
        }
        return all.size();
    }

    /// How each partition of each generation of each projection in the database is doing.
    ///
    /// Reads one event of the log for each position at which a partition is.
    ///
    /// @throws EventStoreException if the database, or the log, is out of reach
    public List<PartitionStatus> status() {
        Map<Long, Optional<Instant>> next = new HashMap<>();
        return checkpoints.status(feed.head()).stream()
                .map(
                        status ->
                                next.computeIfAbsent(status.position(), this::nextRecordedAt)
                                        .map(at -> status.withLagTime(age(at, status.asOf())))
                                        .orElse(status))
                .toList();
    }

    private Optional<Instant> nextRecordedAt(long position) {
        return feed.next(Query.all(), position, 1).events().stream()
                .map(RecordedEvent::recordedAt)
                .findFirst();
    }

    private static Duration age(Instant since, Instant now) {
        return since.isAfter(now) ? Duration.ZERO : Duration.between(since, now);
    }

    /// Splits the keys of a projection into another number of partitions, which are taken in by
    /// several nodes at once if there are, or by several threads of one.
    ///
    /// Those that are ahead wait until all have come equally far; then the new ones go on from
    /// there. Each partition reads the whole log, and keeps the documents of looked-up views for
    /// itself. Asked for the number that there is, it gives up a change that is not done yet.
    ///
    /// @param partitions 1 to 256
    /// @return whether they had come equally far and the change is done
    /// @throws IllegalStateException if a partition has stopped, or another revision of the
    ///   projection serves
    /// @throws IllegalArgumentException if the log keeps the projection inline, which is done in
    ///   one piece
    /// @throws EventStoreException if the database is out of reach
    public boolean repartition(String projection, int partitions) {
        if (isInline(projection)) {
            throw new IllegalArgumentException(
                    "projection \"%s\" is kept within appends, which take events in one by one, so it cannot be split"
                            .formatted(projection));
        }
        return change(
                projection,
                (generations, connection) -> generations.repartition(connection, partitions));
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
        runners(view).onChange(listener);
    }

    /// Waits until queries of a projection see the log up to a position.
    ///
    /// @throws InterruptedException if the thread is interrupted before or while it waits
    public WaitOutcome await(String projection, long position, Duration timeout)
            throws InterruptedException {
        return checkpoints.await(projection, position, timeout);
    }

    /// Waits until a query for one key sees the log up to a position: the partition of the key has
    /// come as far, and nothing up to there is set aside for its document.
    ///
    /// @throws EventStoreException if it is to be found out what is set aside, and the database is
    ///   out of reach
    /// @throws InterruptedException if the thread is interrupted before or while it waits
    public WaitOutcome await(String projection, String key, long position, Duration timeout)
            throws InterruptedException {
        return checkpoints.await(projection, key, position, timeout);
    }

    /// The events that one projection has set aside for a document that they do not fit, and those
    /// that wait behind them.
    ///
    /// @throws EventStoreException if the database is out of reach
    public List<ParkedEvent> parked(String projection) {
        return reaching(
                projection,
                () -> {
                    List<ParkedEvent> parked = new ArrayList<>();
                    for (ProjectionRunner<?> runner : runners(projection).all()) {
                        parked.addAll(runner.parked());
                    }
                    return parked;
                });
    }

    /// Takes the event into its document, and then those that wait behind it, as far as it goes.
    ///
    /// @return the one that it ends with; empty if nothing is set aside for the document any more
    /// @throws EventStoreException if the database is out of reach
    public Optional<ParkedEvent> retry(ParkedEvent event) {
        ProjectionRunner<?> runner = runner(event);
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
        ProjectionRunner<?> runner = runner(event);
        reaching(
                event.projection(), () -> runner.drop(event.document(), event.position(), because));
        return retry(event);
    }

    private ProjectionRunner<?> runner(ParkedEvent event) {
        return runners(event.projection()).of(event.partition());
    }

    private <T> T change(String projection, GenerationChange<T> change) {
        Generations generations = runners(projection).generations();
        return reaching(
                projection,
                () ->
                        Transaction.run(
                                dataSource, connection -> change.make(generations, connection)));
    }

    private ProjectionRunners<?> runners(String projection) {
        return serving.stream()
                .filter(runner -> runner.name().equals(projection))
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "there is no projection \"%s\"; those of this process are %s"
                                                .formatted(
                                                        projection,
                                                        serving.stream()
                                                                .map(ProjectionRunners::name)
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
        node.close();
        rebuilds.close();
    }
}
