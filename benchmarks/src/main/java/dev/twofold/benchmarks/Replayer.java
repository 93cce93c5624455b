package dev.twofold.benchmarks;

/// Something that takes in a log from its first event, to be measured.
interface Replayer {
    String name();

    /// Begins to take in the log; what it makes of it is made anew.
    ///
    /// @param run tells what this run makes from what others do
    Replay start(String run);

    /// A log that is being taken in. Closed, it is so no longer.
    interface Replay extends AutoCloseable {

        /// How many events have taken effect so far.
        long events();

        @Override
        void close();
    }
}
