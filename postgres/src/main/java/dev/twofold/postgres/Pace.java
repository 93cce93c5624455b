package dev.twofold.postgres;

import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// Has batches take a share of the time: after each that leaves more to do, there is a rest, as
/// much longer than the batch as the share of the others is greater.
///
/// @param nanoTime the time now, as [System#nanoTime] tells it
record Pace(LongSupplier nanoTime, Rest rest) {
    /// The percent of the time that leaves no rest.
    static final int FULL = 100;

    interface Rest {
        void take(Duration time);
    }

    /// Does a batch, and rests.
    ///
    /// @param percent of the time that such batches take, 1 to 100
    Step keep(int percent, Supplier<Step> batch) {
        long begin = nanoTime.getAsLong();
        Step step = batch.get();
        if (step instanceof Step.Advanced(_, _, boolean more) && more && percent < FULL) {
            long took = nanoTime.getAsLong() - begin;
            rest.take(Duration.ofNanos(took).multipliedBy(FULL - percent).dividedBy(percent));
        }
        return step;
    }
}
