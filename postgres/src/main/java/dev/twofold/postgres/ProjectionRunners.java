package dev.twofold.postgres;

import dev.twofold.EventFeed;
import dev.twofold.postgres.ProjectionRunner.Target;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import javax.sql.DataSource;

/// The runners of one projection, one for each partition of a generation; they share what they read
/// of the log. Safe for use by many threads.
final class ProjectionRunners<E> {
    private final DataSource dataSource;
    private final Projection<E> projection;
    private final Target target;
    private final Checkpoints checkpoints;
    private final FailurePolicy policy;
    private int analyzed;
    private final Generations generations;
    private final LogPages<E> log;
    private final List<ProjectionRunner<E>> runners = new ArrayList<>();
    private Consumer<ViewChanges> listener = _ -> {};

    ProjectionRunners(
            DataSource dataSource,
            EventFeed feed,
            Projection<E> projection,
            Target target,
            Checkpoints checkpoints,
            FailurePolicy policy) {
        this.dataSource = dataSource;
        this.projection = projection;
        this.target = target;
        this.checkpoints = checkpoints;
        this.policy = policy;
        this.generations = new Generations(projection);
        this.log = new LogPages<>(feed, projection);
    }

    String name() {
        return projection.name();
    }

    /// Tells nodes with another revision, which do other work, from this one.
    String nameAndRevision() {
        return "%s:%d".formatted(projection.name(), projection.revision());
    }

    /// How far the log goes now.
    long head() {
        return log.head();
    }

    Generations generations() {
        return generations;
    }

    /// Has someone told what each batch of the serving generation has changed, after its commit.
    synchronized void onChange(Consumer<ViewChanges> newListener) {
        listener = newListener;
        runners.forEach(runner -> runner.onChange(newListener));
    }

    synchronized ProjectionRunner<E> of(int partition) {
        while (runners.size() <= partition) {
            ProjectionRunner<E> runner =
                    new ProjectionRunner<>(
                            dataSource,
                            log,
                            projection,
                            target,
                            runners.size(),
                            checkpoints,
                            projection.batchSize(),
                            policy);
            runner.onChange(listener);
            runners.add(runner);
        }
        return runners.get(partition);
    }

    /// One for each partition that there is now, the first even if there is none.
    List<ProjectionRunner<E>> all() throws SQLException {
        int partitions = Transaction.run(dataSource, this::partitions);
        List<ProjectionRunner<E>> all = new ArrayList<>();
        for (int partition = 0; partition < partitions; partition++) {
            all.add(of(partition));
        }
        return all;
    }

    private int partitions(Connection connection) throws SQLException {
        return target.partition(generations, connection, 0).map(Partition::of).orElse(1);
    }

    /// Lets the generation, all of whose partitions have caught up, serve if it is as far as the
    /// one that does, with as many partitions.
    Promotion promote() throws SQLException {
        try {
            return promoteNow();
        } finally {
            forget();
        }
    }

    /// Has the runners ask anew which generation is theirs: the one that they know may serve now.
    private synchronized void forget() {
        runners.forEach(ProjectionRunner::forget);
    }

    private Promotion promoteNow() throws SQLException {
        Optional<Integer> found =
                Transaction.run(dataSource, connection -> target.find(generations, connection));
        if (found.isEmpty()) {
            return Promotion.NOT_YET;
        }
        int generation = found.get();
        boolean aligned =
                Transaction.run(
                        dataSource, connection -> generations.align(connection, generation));
        if (!aligned) {
            return Promotion.PREPARING;
        }
        if (analyzed != generation) {
            Transaction.run(dataSource, connection -> analyze(connection, generation));
            analyzed = generation;
            return Promotion.PREPARING;
        }
        return Transaction.run(
                dataSource, connection -> generations.promote(connection, generation));
    }

    /// Without statistics the first queries of new tables would be planned badly.
    private boolean analyze(Connection connection, int generation) throws SQLException {
        projection.analyze(connection, generation);
        return true;
    }

    enum Promotion {
        SERVES,
        /// It gets as many partitions as the serving generation has, or statistics for its tables.
        PREPARING,
        /// It has events set aside that the serving one has not.
        WAITING,
        NOT_YET
    }

    /// Puts a planned number of partitions in place of the present one if that can be done now.
    void meet() throws SQLException {
        Transaction.run(
                dataSource,
                connection -> {
                    var first = target.partition(generations, connection, 0);
                    return first.isEmpty()
                            || generations.meet(connection, first.get().generation());
                });
    }
}
