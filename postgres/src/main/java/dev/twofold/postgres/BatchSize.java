package dev.twofold.postgres;

import java.time.Duration;

/// How many events of the log one batch takes, so that batches take about as long as wanted.
///
/// Not safe for use by many threads.
final class BatchSize {
    static final int FEWEST = 100;
    static final int MOST = 10_000;

    private final int fewest;
    private final int most;
    private int limit;

    BatchSize(int fewest, int most) {
        this.fewest = fewest;
        this.most = most;
        this.limit = fewest;
    }

    int limit() {
        return limit;
    }

    /// @param full whether the batch could have been longer
    void took(boolean full, Duration time, Duration wanted) {
        if (full && time.multipliedBy(2).compareTo(wanted) < 0) {
            limit = Math.min(most, limit * 2);
        } else if (time.compareTo(wanted.multipliedBy(2)) > 0) {
            limit = Math.max(Math.min(fewest, limit), limit / 2);
        }
    }

    /// Takes one event at a time, and grows from there.
    void narrow() {
        limit = 1;
    }
}
