package dev.twofold.postgres;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// One thread that tries events again that are set aside, once their pause is over.
///
/// When each is due is in the database, so that any process may do it, and goes on after a crash.
final class Retries implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Retries.class.getName());
    private static final Duration REST = Duration.ofMillis(200);
    private static final Duration NOW = Duration.ZERO;
    private static final Duration EVER = Duration.ofDays(1);

    private final List<Upkeep<?>> upkeeps;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread =
            Thread.ofPlatform().daemon().name("twofold-retry-1").unstarted(this::run);

    Retries(List<Upkeep<?>> upkeeps) {
        this.upkeeps = upkeeps;
    }

    void start() {
        thread.start();
    }

    /// Tries all again without their pauses, until each fits or has been tried often enough.
    void finish() {
        while (turn(EVER)) {
            // those that have attempts left
        }
    }

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
            while (!closed.await(REST.toNanos(), TimeUnit.NANOSECONDS)) {
                turn(NOW);
            }
        } catch (InterruptedException e) {
            LOG.log(System.Logger.Level.DEBUG, "retries are closed");
        }
    }

    private boolean turn(Duration within) {
        boolean any = false;
        for (Upkeep<?> upkeep : upkeeps) {
            try {
                any |= upkeep.retryDue(within);
            } catch (SQLException | RuntimeException e) {
                if (closed.getCount() > 0) {
                    LOG.log(
                            System.Logger.Level.WARNING,
                            "events set aside by " + upkeep.name() + " will be tried again",
                            e);
                }
            }
        }
        return any;
    }
}
