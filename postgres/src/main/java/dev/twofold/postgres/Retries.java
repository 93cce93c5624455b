package dev.twofold.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;

/// One thread that tries events again that are set aside, once their pause is over.
///
/// When each is due is in the database, so that any process may do it, and goes on after a crash.
final class Retries implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Retries.class.getName());
    private static final Duration REST = Duration.ofMillis(200);
    private static final Duration NOW = Duration.ZERO;
    private static final Duration EVER = Duration.ofDays(1);

    private final DataSource dataSource;
    private final List<Upkeep<?>> upkeeps;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread =
            Thread.ofPlatform().daemon().name("twofold-retry-1").unstarted(this::run);

    Retries(DataSource dataSource, List<Upkeep<?>> upkeeps) {
        this.dataSource = dataSource;
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

    /// Lets the retries at hand end, and returns when they have.
    @Override
    public void close() {
        closed.countDown();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            while (!closed.await(REST.toNanos(), TimeUnit.NANOSECONDS)) {
                if (anyDue()) {
                    turn(NOW);
                }
            }
        } catch (InterruptedException e) {
            LOG.log(System.Logger.Level.DEBUG, "retries are closed");
        }
    }

    private static final String ANY_DUE =
            """
            SELECT EXISTS (SELECT FROM twofold.parked_event WHERE retry_at <= clock_timestamp())
            """;

    /// One cheap question for all projections.
    private boolean anyDue() {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(ANY_DUE);
                ResultSet row = statement.executeQuery()) {
            return row.next() && row.getBoolean(1);
        } catch (SQLException e) {
            LOG.log(System.Logger.Level.DEBUG, "what is due cannot be asked for now", e);
            return false;
        }
    }

    private boolean turn(Duration within) {
        boolean any = false;
        for (Upkeep<?> upkeep : upkeeps) {
            try {
                any |= upkeep.retryDue(within);
            } catch (SQLException | RuntimeException e) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "events set aside by " + upkeep.name() + " will be tried again",
                        e);
            }
        }
        return any;
    }
}
