package dev.twofold.catalog;

import dev.twofold.EventStoreException;
import dev.twofold.postgres.PostgresEventStore;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Forgets the answers to commands with an idempotency key a day after they were given.
final class KeptAnswers implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(KeptAnswers.class);
    private static final Duration KEPT = Duration.ofDays(1);

    private final PostgresEventStore store;
    private final ScheduledExecutorService timer =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofVirtual().name("catalog-kept-answers").factory());

    KeptAnswers(PostgresEventStore store) {
        this.store = store;
        timer.scheduleWithFixedDelay(this::forget, 1, 60, TimeUnit.MINUTES);
    }

    private void forget() {
        try {
            store.forgetReceipts(KEPT);
        } catch (EventStoreException e) {
            LOG.warn("old answers under idempotency keys stay for another hour", e);
        }
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
