package dev.twofold.catalog;

import dev.twofold.EventStoreException;
import dev.twofold.postgres.PostgresEventStore;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Forgets, at the start and then every hour, the answers to requests with an idempotency key that
/// have been kept long enough.
///
/// Any number of processes may do so on one log.
final class ReceiptRetention implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ReceiptRetention.class);

    private final PostgresEventStore store;
    private final Duration keep;
    private final ScheduledExecutorService thread =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("catalog-retention-1").factory());

    /// @param keep how long an answer is kept at least
    ReceiptRetention(PostgresEventStore store, Duration keep) {
        this.store = store;
        this.keep = keep;
    }

    void start() {
        var _ = thread.scheduleWithFixedDelay(this::run, 0, 1, TimeUnit.HOURS);
    }

    private void run() {
        try {
            int forgotten = store.forgetReceipts(keep);
            LOG.debug("{} answers that were older than {} are forgotten", forgotten, keep);
        } catch (EventStoreException e) {
            LOG.warn("old answers are not forgotten now, but will be later", e);
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
