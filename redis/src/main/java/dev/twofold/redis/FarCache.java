package dev.twofold.redis;

import org.jspecify.annotations.Nullable;

/// Documents kept where all nodes reach them. Its failures are answers, and no exceptions.
interface FarCache extends AutoCloseable {
    /// A position that is before any.
    long NOWHERE = -1;

    /// Reads a document that is proven to be new enough, or takes the lease to load it.
    ///
    /// @param lease a name of the caller's own; empty to take none
    Reading read(int generation, String key, long needed, String lease);

    /// Stores what the lease was taken for, and gives it back; does not wait for that.
    void store(String lease, String key, Answer answer, long cost);

    /// Takes changes in, in the order of the calls; does not wait for that.
    void change(Changes changes);

    /// How often it has failed, and how often it was not asked because it had.
    Failures failures();

    @Override
    void close();

    record Failures(long failed, long avoided, boolean avoiding) {}

    /// `announced` is no less than the position of any change that it has heard of; [#NOWHERE] if
    /// it has heard of none.
    sealed interface Reading {

        /// @param left milliseconds of its life
        record Found(
                long announced,
                long position,
                long reflects,
                @Nullable Payload document,
                long cost,
                long left)
                implements Reading {}

        /// The caller is to load it.
        record Leased(long announced) implements Reading {}

        /// Someone else loads it.
        record Busy(long announced) implements Reading {}

        /// Nobody may store it now.
        record Missing(long announced) implements Reading {}

        /// It does not answer.
        record Unreachable() implements Reading {}
    }
}
