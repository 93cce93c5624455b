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
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
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
    private final List<Upkeep<?>> upkeeps = new ArrayList<>();
    private final ProjectionNode node;
    private final Rebuilds rebuilds;
    private final Retries retries;
    private final FailurePolicy policy;

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
        this(dataSource, feed, projections, atOnce, FailurePolicy.STANDARD);
    }

    /// As [#Projections(DataSource, EventFeed, List, int)], with another policy for events that a
    /// handler throws at than the standard one.
    public Projections(
            DataSource dataSource,
            EventFeed feed,
            List<Projection<?>> projections,
            int atOnce,
            FailurePolicy policy) {
        if (atOnce < 1) {
            throw new IllegalArgumentException(
                    "at least one batch is done at once, but %d were asked for".formatted(atOnce));
        }
        this.dataSource = dataSource;
        this.feed = feed;
        this.policy = policy;
        this.head = new Watch<>("log-head", 0L, feed::head, Math::max);
        this.checkpoints = new Checkpoints(dataSource, Nodes.newName(), policy.attempts());
        List<ProjectionRunners<?>> building = new ArrayList<>();
        List<ProjectionRunners<?>> looping = new ArrayList<>();
        for (Projection<?> projection : projections) {
            ProjectionRunners<?> runners = runners(projection, Generations::live);
            serving.add(runners);
            if (!isInline(projection.name())) {
                looping.add(runners);
            }
            building.add(runners(projection, Generations::building));
            upkeeps.add(new Upkeep<>(dataSource, feed, projection, policy));
        }
        this.node = new ProjectionNode(dataSource, checkpoints.node(), looping, head, atOnce);
        this.rebuilds = new Rebuilds(dataSource, building, Math.max(1, atOnce / 2));
        this.retries = new Retries(dataSource, upkeeps);
    }

    private boolean isInline(String projection) {
        return feed instanceof PostgresEventStore log && log.keepsInline(projection);
    }

    private ProjectionRunners<?> runners(Projection<?> projection, Target target) {
        return new ProjectionRunners<>(dataSource, feed, projection, target, checkpoints, policy);
    }

    /// The names of the projections.
    public Set<String> names() {
        return serving.stream()
                .map(ProjectionRunners::name)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /// Takes in the log from now on, with other nodes that do the same.
    public void start() {
        node.start();
        rebuilds.start();
        retries.start();
    }

    /// Takes in the log up to its end, in the calling thread, each projection until it can go no
    /// further, and finishes retries and rebuilds: for tests and one-off work, in place of
    /// [#start].
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
        retries.finish();
        rebuilds.finish();
    }

    private int stepToEnd(ProjectionRunners<?> runners) throws SQLException {
        List<? extends ProjectionRunner<?>> all = runners.all();
        all.forEach(this::stepToEnd);
        return all.size();
    }

    private void stepToEnd(ProjectionRunner<?> runner) {
        int attempts = 0;
        long stop = -1;
        while (attempts < policy.attempts()) {
            switch (runner.step()) {
                case Step.Advanced _ -> attempts = 0;
                case Step.Stopped(long position, _) -> {
                    attempts = position == stop ? attempts + 1 : 1;
                    stop = position;
                }
                case Step.Idle _, Step.Elsewhere _ -> attempts = policy.attempts();
            }
        }
    }

    /// How each partition of each generation of each projection in the database is doing.
    ///
    /// Reads one event of the log for each position at which a partition is.
    ///
    /// @throws EventStoreException if the database, or the log, is out of reach
    public List<PartitionStatus> status() {
        Map<Long, Optional<Instant>> next = new HashMap<>();
        return checkpoints.status(feed.head(), this::isOfAnotherProgram).stream()
                .map(
                        status ->
                                next.computeIfAbsent(status.position(), this::nextRecordedAt)
                                        .map(at -> status.withLagTime(age(at, status.asOf())))
                                        .orElse(status))
                .toList();
    }

    private boolean isOfAnotherProgram(String projection, int revision, String fingerprint) {
        return upkeeps.stream()
                .map(Upkeep::generations)
                .anyMatch(
                        own ->
                                own.projection().name().equals(projection)
                                        && own.projection().revision() == revision
                                        && own.isOfAnotherProgram(fingerprint));
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
                    ("\"%s\" is kept within the transactions of appends, one after another, so it"
                                    + " is not split into partitions")
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
    /// Done by any started process of the same revision, in as many partitions as the generation
    /// that serves has, and in a tenth of the time, see [#paceRebuild]. If it is being done
    /// already, that goes on. The new tables do not replace the others while they lack events that
    /// are set aside for a document, and are not for the same one in the others.
    ///
    /// @return the new generation
    /// @throws IllegalArgumentException if there is nothing to make anew, as in a subscription
    /// @throws EventStoreException if the database is out of reach
    public int rebuild(String projection) {
        return change(projection, (generations, connection) -> generations.rebuild(connection, 0));
    }

    /// As [#rebuild(String)], with the keys split into partitions until the new tables have caught
    /// up, so that several threads and processes fill them.
    ///
    /// At full pace a process fills half as many at once as it takes in batches, see
    /// [#Projections(DataSource, EventFeed, List, int)]; else one after another, see
    /// [#paceRebuild].
    ///
    /// @param partitions 1 to 256
    public int rebuild(String projection, int partitions) {
        if (partitions < 1 || partitions > Partition.MOST) {
            throw new IllegalArgumentException(
                    "a projection has 1 to %d partitions, but %d were asked for"
                            .formatted(Partition.MOST, partitions));
        }
        return change(
                projection,
                (generations, connection) -> generations.rebuild(connection, partitions));
    }

    /// Sets how much of the time what is being made anew takes, from the next batch on, in whatever
    /// process; whether there was anything. It begins at 10 percent.
    ///
    /// Below 100, a process takes in short batches one after another, whatever the partitions, and
    /// rests after each, for the sake of queries; at 100 it does what the machine can. At the end
    /// of the log there are no rests. One that has more left than half a minute before, because
    /// more is appended than it takes in, doubles its pace by itself, up to 75 percent.
    ///
    /// @param percent of the time of one thread of each process, 1 to 100
    /// @throws EventStoreException if the database is out of reach
    public boolean paceRebuild(String projection, int percent) {
        if (percent < 1 || percent > Pace.FULL) {
            throw new IllegalArgumentException(
                    "a rebuild takes 1 to %d percent of the time, but %d were asked for"
                            .formatted(Pace.FULL, percent));
        }
        return change(
                projection, (generations, connection) -> generations.pace(connection, percent));
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
        upkeep(view).onChange(listener);
    }

    /// Waits until queries of a projection see the log up to a position.
    ///
    /// @throws InterruptedException if the thread is interrupted before or while it waits
    public WaitOutcome await(String projection, long position, Duration timeout)
            throws InterruptedException {
        return checkpoints.await(projection, position, timeout);
    }

    /// Waits until a query for one key sees the log up to a position: the partition of the key has
    /// come as far, and nothing up to there is set aside for its document or is still being folded
    /// into it and many others.
    ///
    /// @throws EventStoreException if it is to be found out what is set aside, and the database is
    ///   out of reach
    /// @throws InterruptedException if the thread is interrupted before or while it waits
    public WaitOutcome await(String projection, String key, long position, Duration timeout)
            throws InterruptedException {
        return checkpoints.await(projection, key, position, timeout);
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
    /// now have their place; likewise the documents that wait behind this one. Of a subscription,
    /// hands the event over again, and those behind it in their order, until one fails.
    ///
    /// Reads the whole log once for a view. Events are read through the upcasters of this process.
    ///
    /// @return the one that it ends with; empty if nothing is set aside for the document any more
    /// @throws EventStoreException if the database, or the log, is out of reach
    public Optional<ParkedEvent> retry(ParkedEvent event) {
        Upkeep<?> upkeep = upkeep(event.projection());
        return reaching(event.projection(), () -> upkeep.retry(event));
    }

    /// Does what [#retry] does for all documents, or streams, for which events are set aside.
    ///
    /// @return what waits then, as [#parked]
    /// @throws EventStoreException if the database, or the log, is out of reach
    public List<ParkedEvent> retryAll(String projection) {
        return reaching(projection, upkeep(projection)::retryAll);
    }

    /// Gives an event up for its document, which is then folded anew without it as by [#retry], or
    /// for its stream, which goes on behind it.
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

    private Upkeep<?> upkeep(String projection) {
        return named(projection, upkeeps, Upkeep::name);
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
        return named(projection, serving, ProjectionRunners::name);
    }

    private static <T> T named(String projection, List<T> all, Function<T, String> name) {
        return all.stream()
                .filter(one -> name.apply(one).equals(projection))
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "there is no projection \"%s\"; those of this process are %s"
                                                .formatted(
                                                        projection,
                                                        all.stream().map(name).toList())));
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
        retries.close();
    }
}
