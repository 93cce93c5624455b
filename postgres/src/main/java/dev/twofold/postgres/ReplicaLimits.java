package dev.twofold.postgres;

import java.time.Duration;

/// When a replica is read, and how often it is asked how it is.
///
/// @param maxLag how long ago the primary may have written what a replica has not replayed; one
///   that is further behind is not read, even by those who take what there is
/// @param interval between two looks at each server
/// @param silence after so long without a word from it a replica is not read
public record ReplicaLimits(Duration maxLag, Duration interval, Duration silence) {

    /// 30 seconds of lag, a look each second, three seconds of silence.
    public static final ReplicaLimits STANDARD =
            new ReplicaLimits(Duration.ofSeconds(30), Duration.ofSeconds(1), Duration.ofSeconds(3));

    /// @throws IllegalArgumentException if one is not above zero, or the silence is not longer than
    ///   the interval
    public ReplicaLimits {
        if (!maxLag.isPositive() || !interval.isPositive() || silence.compareTo(interval) <= 0) {
            throw new IllegalArgumentException(
                    "max lag %s and interval %s are above zero, and silence %s is longer than the interval"
                            .formatted(maxLag, interval, silence));
        }
    }

    /// The same with another greatest lag.
    public ReplicaLimits withMaxLag(Duration lag) {
        return new ReplicaLimits(lag, interval, silence);
    }
}
