package dev.twofold;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// Lets a bounded number of queries through at once, first come first served.
final class QueriesAtOnce implements QueryInterceptor {
    private final int atOnce;
    private final Duration patience;
    private final Semaphore turns;

    QueriesAtOnce(int atOnce, Duration patience) {
        if (atOnce < 1) {
            throw new IllegalArgumentException(
                    "1 or more queries are answered at once, but %d was asked for"
                            .formatted(atOnce));
        }
        if (patience.isNegative()) {
            throw new IllegalArgumentException(
                    "a query waits for no negative time, but %s was asked for".formatted(patience));
        }
        this.atOnce = atOnce;
        this.patience = patience;
        this.turns = new Semaphore(atOnce, true);
    }

    @Override
    public <Q extends QueryFor<A>, A> QueryHandler<Q, A> around(QueryHandler<Q, A> next) {
        return (query, metadata) -> {
            if (!hasTurn()) {
                throw new TooManyQueriesException(
                        "%s was not answered: %d queries are being answered, and none ended within %s; try again"
                                .formatted(query.getClass().getSimpleName(), atOnce, patience));
            }
            try {
                return next.answer(query, metadata);
            } finally {
                turns.release();
            }
        };
    }

    /// A thread that is interrupted gives up at once.
    private boolean hasTurn() {
        try {
            return turns.tryAcquire(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
