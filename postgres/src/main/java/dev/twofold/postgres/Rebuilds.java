package dev.twofold.postgres;

import dev.twofold.postgres.ProjectionRunners.Promotion;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/// Builds the new generations of all projections of a process, a batch of each partition in turn,
/// and lets each generation serve once it has caught up.
///
/// Unless a generation is built at full pace, its batches are done by one thread, one after another
/// with rests between them, so that queries find the machine free most of the time. There are no
/// rests at the end of the log, where batches are as small as those of the generation that serves.
///
/// One that loses ground, because more is appended than it takes in, doubles its pace, up to 75
/// percent.
///
/// The serving generations are kept up to date by others meanwhile. What is being built, and how
/// far it is, is in the database: after a crash it goes on, here or elsewhere.
final class Rebuilds implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Rebuilds.class.getName());
    private static final Duration REST = Duration.ofSeconds(1);

    /// How long it is watched until it is said to lose ground.
    private static final Duration WATCHED = Duration.ofSeconds(30);

    /// The pace that it has by itself at most: at full pace queries would wait for it.
    private static final int FASTEST = 75;

    private final DataSource dataSource;
    private final List<ProjectionRunners<?>> builders;
    private final ExecutorService workers;
    private final Map<String, String> told = new HashMap<>();
    private final Map<String, Ground> grounds = new HashMap<>();
    private final CountDownLatch closed;
    private final Pace pace;
    private final Thread thread =
            Thread.ofPlatform().daemon().name("twofold-rebuild-0").unstarted(this::run);

    /// @param atOnce how many batches are done at once, at most
    Rebuilds(DataSource dataSource, List<ProjectionRunners<?>> builders, int atOnce) {
        this(dataSource, builders, atOnce, new CountDownLatch(1));
    }

    private Rebuilds(
            DataSource dataSource,
            List<ProjectionRunners<?>> builders,
            int atOnce,
            CountDownLatch closed) {
        this(
                dataSource,
                builders,
                atOnce,
                closed,
                new Pace(System::nanoTime, time -> rest(closed, time)));
    }

    Rebuilds(
            DataSource dataSource,
            List<ProjectionRunners<?>> builders,
            int atOnce,
            CountDownLatch closed,
            Pace pace) {
        this.dataSource = dataSource;
        this.builders = builders;
        this.closed = closed;
        this.pace = pace;
        this.workers =
                Executors.newFixedThreadPool(
                        atOnce, Thread.ofPlatform().daemon().name("twofold-rebuild-", 1).factory());
    }

    /// Lets the time pass, or as much of it as passes before the end.
    static void rest(CountDownLatch closed, Duration time) {
        try {
            closed.await(time.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    void start() {
        thread.start();
    }

    /// Builds on at full pace until nothing is left that this process can do.
    void finish() {
        while (turn(true)) {
            // the next batch of each
        }
    }

    /// Lets the batches at hand end, and returns when they have.
    ///
    /// Never interrupts what is done with a database: that would close the connection.
    @Override
    public void close() {
        closed.countDown();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        workers.close();
    }

    private void run() {
        try {
            boolean busy = turn();
            while (!closed.await(busy ? 0 : REST.toNanos(), TimeUnit.NANOSECONDS)) {
                busy = turn();
            }
        } catch (InterruptedException e) {
            LOG.log(System.Logger.Level.DEBUG, "rebuilds are closed");
        }
    }

    /// One batch of each generation that is being built, with its rest; whether any moved on.
    boolean turn() {
        return turn(false);
    }

    private boolean turn(boolean fullPace) {
        boolean busy = false;
        Map<String, Integer> wanted = building();
        for (ProjectionRunners<?> builder : builders) {
            Integer percent = wanted.get(builder.nameAndRevision());
            if (percent == null) {
                grounds.remove(builder.name());
                continue;
            }
            try {
                busy |= turn(builder, fullPace ? Pace.FULL : percent);
            } catch (SQLException | RuntimeException e) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "the new generation of " + builder.name() + " will be tried again",
                        e);
            }
        }
        return busy;
    }

    private static final String BUILDING =
            """
            SELECT format('%s:%s', projection, revision), pace
            FROM twofold.projection WHERE role = 'building'
            """;

    /// The pace of each; one cheap question for all projections, of which most are not being built
    /// most of the time.
    private Map<String, Integer> building() {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(BUILDING);
                ResultSet rows = statement.executeQuery()) {
            Map<String, Integer> paces = new HashMap<>();
            while (rows.next()) {
                paces.put(rows.getString(1), rows.getInt(2));
            }
            return paces;
        } catch (SQLException e) {
            LOG.log(System.Logger.Level.DEBUG, "what is being built cannot be asked for now", e);
            return Map.of();
        }
    }

    private boolean turn(ProjectionRunners<?> builder, int percent) throws SQLException {
        List<Step> steps =
                percent < Pace.FULL ? gently(builder.all(), percent) : steps(builder.all());
        if (steps.stream().anyMatch(Step.Advanced.class::isInstance)) {
            if (percent < FASTEST) {
                keepGround(builder, percent, steps);
            }
            return true;
        }
        for (Step step : steps) {
            if (step instanceof Step.Stopped(long position, String reason)) {
                warn(builder, "stands still after position %d: %s".formatted(position, reason));
            }
        }
        if (!steps.stream().allMatch(Step.Idle.class::isInstance)) {
            return false;
        }
        Promotion promotion = builder.promote();
        switch (promotion) {
            case SERVES -> {
                told.remove(builder.name());
                LOG.log(
                        System.Logger.Level.INFO,
                        "{0} is served by its new generation from now on",
                        builder.name());
            }
            case WAITING ->
                    warn(
                            builder,
                            "has caught up, but has events set aside that the one that serves has"
                                    + " not; it will serve when they are retried or dropped");
            case PREPARING, NOT_YET -> told.remove(builder.name());
        }
        return promotion == Promotion.SERVES || promotion == Promotion.PREPARING;
    }

    /// How much was left to be taken in at a time.
    private record Ground(long at, long position, long left) {}

    /// Raises the pace of a generation that has more left than half a minute ago.
    private void keepGround(ProjectionRunners<?> builder, int percent, List<Step> steps)
            throws SQLException {
        long now = pace.nanoTime().getAsLong();
        Ground before = grounds.get(builder.name());
        if (before != null && now - before.at < WATCHED.toNanos()) {
            return;
        }
        long position = Long.MAX_VALUE;
        for (Step step : steps) {
            if (step instanceof Step.Advanced(long reached, _, _)) {
                position = Math.min(position, reached);
            }
        }
        Ground ground = new Ground(now, position, builder.head() - position);
        grounds.put(builder.name(), ground);
        if (before == null || position < before.position || ground.left <= before.left) {
            return;
        }
        int faster = Math.min(FASTEST, 2 * percent);
        Transaction.run(dataSource, connection -> builder.generations().pace(connection, faster));
        LOG.log(
                System.Logger.Level.INFO,
                "the new generation of {0} loses ground at a pace of {1} percent, with {2} events"
                        + " left, and goes on at {3} percent",
                builder.name(),
                percent,
                ground.left,
                faster);
    }

    private List<Step> gently(List<? extends ProjectionRunner<?>> partitions, int percent) {
        List<Step> steps = new ArrayList<>();
        for (ProjectionRunner<?> partition : partitions) {
            steps.add(pace.keep(percent, partition::stepGently));
        }
        return steps;
    }

    private List<Step> steps(List<? extends ProjectionRunner<?>> partitions) {
        List<Future<Step>> running = new ArrayList<>();
        for (ProjectionRunner<?> partition : partitions) {
            running.add(workers.submit(partition::step));
        }
        List<Step> steps = new ArrayList<>();
        @Nullable RuntimeException failed = null;
        for (Future<Step> each : running) {
            try {
                steps.add(each.get());
            } catch (ExecutionException e) {
                failed = new IllegalStateException(e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
        if (failed != null) {
            throw failed;
        }
        return steps;
    }

    /// Says it, but not the same twice in a row.
    private void warn(ProjectionRunners<?> builder, String what) {
        if (!what.equals(told.put(builder.name(), what))) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "the new generation of {0} {1}",
                    builder.name(),
                    what);
        }
    }
}
