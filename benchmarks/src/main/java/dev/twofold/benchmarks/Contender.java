package dev.twofold.benchmarks;

import java.time.Duration;
import java.util.Set;

/// One of those measured beside each other.
interface Contender extends AutoCloseable {
    String name();

    Set<Work> works();

    /// Makes ready for a run, unmeasured.
    ///
    /// @param run tells the streams of this run from those of others
    void prepare(Work work, String run);

    /// Callers that each send the next as soon as the last is done, for about this long.
    Load run(Work work, String run, int callers, Duration time);

    @Override
    void close();
}
