package dev.twofold.postgres;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// A thread that keeps a partition of a projection at the end of the log until it is closed.
///
/// It rests while the log does not grow; looks now and then while the partition is another node's,
/// should that one be unable to go on; and tries again, ever more rarely, while a database is out
/// of reach or an event cannot be taken in.
final class ProjectionLoop implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(ProjectionLoop.class.getName());
    private static final Duration ELSEWHERE = Duration.ofMillis(500);
    private static final Duration STANDBY = Duration.ofSeconds(5);
    private static final Duration FIRST_RETRY = Duration.ofMillis(100);
    private static final Duration LAST_RETRY = Duration.ofSeconds(10);
    private static final Duration LONGEST_REST = Duration.ofSeconds(5);

    private final ProjectionRunner<?> runner;
    private final Watch<Long> head;
    private final Semaphore turns;
    private final Thread thread;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private boolean own;
    private boolean closed;
    private boolean waiting;
    private Duration retry = FIRST_RETRY;

    /// @param turns how many partitions of this node may be at work at once
    ProjectionLoop(ProjectionRunner<?> runner, Watch<Long> head, Semaphore turns) {
        this.runner = runner;
        this.head = head;
        this.turns = turns;
        this.thread =
                Thread.ofVirtual()
                        .name("twofold-projection-%s-".formatted(runner.name()), runner.number())
                        .unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /// Whether the partition is this node's.
    void own(boolean now) {
        lock.lock();
        try {
            if (own != now) {
                own = now;
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /// Lets the batch at hand end, and begins no other.
    ///
    /// Never interrupts what is done with a database: that would close the connection.
    void stop() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
            if (waiting) {
                thread.interrupt();
            }
        } finally {
            lock.unlock();
        }
    }

    /// Lets the batch at hand end, and returns when it has.
    @Override
    public void close() {
        stop();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        Duration pause = Duration.ZERO;
        while (rested(pause)) {
            pause = turn();
        }
    }

    /// Lets the pause pass, or waits until the partition is this node's; whether to go on.
    private boolean rested(Duration pause) {
        lock.lock();
        try {
            boolean before = own;
            long left = own ? pause.toNanos() : STANDBY.toNanos();
            while (!closed && own == before && left > 0) {
                left = changed.awaitNanos(left);
            }
            return !closed;
        } catch (InterruptedException e) {
            return false;
        } finally {
            lock.unlock();
        }
    }

    /// One step, and how long to rest after it.
    private Duration turn() {
        try {
            return rest(step());
        } catch (RuntimeException | Error e) {
            LOG.log(System.Logger.Level.WARNING, thread.getName() + " will try again", e);
            return nextRetry();
        }
    }

    private Step step() {
        turns.acquireUninterruptibly();
        try {
            return runner.step();
        } finally {
            turns.release();
        }
    }

    private Duration rest(Step step) {
        return switch (step) {
            case Step.Advanced(long position, _, boolean more) -> {
                retry = FIRST_RETRY;
                if (!more && head.value() == position) {
                    awaitGrowth(position); // to look for more now would find nothing
                }
                yield Duration.ZERO;
            }
            case Step.Idle(long position) -> {
                retry = FIRST_RETRY;
                awaitGrowth(position);
                yield Duration.ZERO;
            }
            case Step.Elsewhere _ -> ELSEWHERE;
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

    private void awaitGrowth(long position) {
        if (!waits(true)) {
            return;
        }
        try {
            head.await(latest -> latest > position, LONGEST_REST);
        } catch (InterruptedException e) {
            LOG.log(System.Logger.Level.DEBUG, "{0} is closed", thread.getName());
        } finally {
            waits(false);
        }
    }

    /// Waits for the log, or no longer does; whether it may.
    private boolean waits(boolean now) {
        lock.lock();
        try {
            waiting = now && !closed && own;
            return waiting;
        } finally {
            lock.unlock();
        }
    }

    private Duration nextRetry() {
        Duration now = retry;
        Duration doubled = retry.multipliedBy(2);
        retry = doubled.compareTo(LAST_RETRY) < 0 ? doubled : LAST_RETRY;
        return now;
    }
}
