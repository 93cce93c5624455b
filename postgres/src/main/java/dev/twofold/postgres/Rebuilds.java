package dev.twofold.postgres;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// One thread that builds the new generations of all projections of a process, batch by batch in
/// turn, and lets each serve once it has caught up.
///
/// The serving generations are kept up to date by threads of their own meanwhile. What is being
/// built, and how far it is, is in the database: after a crash it goes on, here or elsewhere.
final class Rebuilds implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Rebuilds.class.getName());
    private static final Duration REST = Duration.ofSeconds(1);

    private final List<ProjectionRunners<?>> builders;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread =
            Thread.ofPlatform().daemon().name("twofold-rebuild-1").unstarted(this::run);

    Rebuilds(List<ProjectionRunners<?>> builders) {
        this.builders = builders;
    }

    void start() {
        thread.start();
    }

    /// Builds on until nothing is left that this process can do.
    void finish() {
        while (turn()) {
            // the next batch of each
        }
    }

    /// Lets the batch at hand end, and returns when it has.
    @Override
    public void close() {
        closed.countDown();
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
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

    /// One batch of each generation that is being built; whether any moved on.
    private boolean turn() {
        boolean busy = false;
        for (ProjectionRunners<?> builder : builders) {
            try {
                busy |= turn(builder);
            } catch (SQLException | RuntimeException e) {
                if (closed.getCount() > 0) {
                    LOG.log(
                            System.Logger.Level.WARNING,
                            "the new generation of " + builder.name() + " will be tried again",
                            e);
                }
            }
        }
        return busy;
    }

    private static boolean turn(ProjectionRunners<?> builder) throws SQLException {
        boolean busy = false;
        for (ProjectionRunner<?> partition : builder.all()) {
            busy |= turn(partition);
        }
        return busy;
    }

    private static boolean turn(ProjectionRunner<?> builder) throws SQLException {
        return switch (builder.step()) {
            case Step.Advanced _ -> true;
            case Step.Idle(long position) -> {
                boolean serves = builder.promote();
                if (serves) {
                    LOG.log(
                            System.Logger.Level.INFO,
                            "{0} is served by its new generation, from position {1} on",
                            builder.name(),
                            position);
                }
                yield serves;
            }
            case Step.Elsewhere _ -> false;
            case Step.Stopped(long position, String reason) -> {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "the new generation of {0} stands still after position {1}: {2}",
                        builder.name(),
                        position,
                        reason);
                yield false;
            }
        };
    }
}
