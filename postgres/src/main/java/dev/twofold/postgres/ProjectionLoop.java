package dev.twofold.postgres;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// A thread that keeps a projection at the end of the log until it is closed.
///
/// It rests while the log does not grow; looks now and then while another process is at work; and
/// tries again, ever more rarely, while a database is out of reach or an event cannot be taken in.
final class ProjectionLoop implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(ProjectionLoop.class.getName());
    private static final Duration STANDBY = Duration.ofMillis(500);
    private static final Duration FIRST_RETRY = Duration.ofMillis(100);
    private static final Duration LAST_RETRY = Duration.ofSeconds(10);
    private static final Duration LONGEST_REST = Duration.ofSeconds(5);

    private final ProjectionRunner<?> runner;
    private final Watch<Long> head;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread;
    private Duration retry = FIRST_RETRY;

    ProjectionLoop(String name, ProjectionRunner<?> runner, Watch<Long> head) {
        this.runner = runner;
        this.head = head;
        this.thread =
                Thread.ofPlatform()
                        .daemon()
                        .name("twofold-projection-%s-".formatted(name), 1)
                        .unstarted(this::run);
    }

    void start() {
        thread.start();
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
            Duration pause = turn();
            while (!closed.await(pause.toNanos(), TimeUnit.NANOSECONDS)) {
                pause = turn();
            }
        } catch (InterruptedException e) {
            LOG.log(System.Logger.Level.DEBUG, "{0} is closed", thread.getName());
        }
    }

    /// One step, and how long to rest after it.
    private Duration turn() throws InterruptedException {
        try {
            return rest(runner.step());
        } catch (RuntimeException | Error e) {
            if (closed.getCount() > 0) {
                LOG.log(System.Logger.Level.WARNING, thread.getName() + " will try again", e);
            }
            return nextRetry();
        }
    }

    private Duration rest(Step step) throws InterruptedException {
        return switch (step) {
            case Step.Advanced _ -> {
                retry = FIRST_RETRY;
                yield Duration.ZERO;
            }
            case Step.Idle(long position) -> {
                retry = FIRST_RETRY;
                head.await(latest -> latest > position, LONGEST_REST);
                yield Duration.ZERO;
            }
            case Step.Elsewhere _ -> STANDBY;
            case Step.Stopped(long position, String reason) -> {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "{0} stands still after position {1}: {2}",
                        thread.getName(),
                        position,
                        reason);
                yield nextRetry();
            }
        };
    }

    private Duration nextRetry() {
        Duration now = retry;
        Duration doubled = retry.multipliedBy(2);
        retry = doubled.compareTo(LAST_RETRY) < 0 ? doubled : LAST_RETRY;
        return now;
    }
}
