package dev.twofold.postgres;

import java.time.Duration;

/// A replica at a glance, as it was when it was last looked at, and what came of reading from it.
///
/// @param reason why it is not read; empty if it is
/// @param position of the last event that it shows
/// @param lag events that the primary shows beyond that
/// @param lagBytes of the write-ahead log that it has not replayed
/// @param lagTime how long ago, at the last look, the primary had written what it has not replayed
/// @param streaming whether it is connected to a server that it replays
/// @param paused whether someone has paused its replay
/// @param answered reads that it answered
/// @param behind reads for which it was not fresh enough
/// @param failed reads that it did not answer
/// @param refused reads that found it to be no replica of this log
public record ReplicaStatus(
        String name,
        State state,
        String reason,
        long position,
        long lag,
        long lagBytes,
        Duration lagTime,
        boolean streaming,
        boolean paused,
        long answered,
        long behind,
        long failed,
        long refused) {

    /// Whether a replica is read, or why not.
    public enum State {
        /// It is read.
        FOLLOWING,
        /// Further behind than may be.
        LAGGING,
        /// It does not answer.
        OUT_OF_REACH,
        /// It is no replica of this log: promoted, a replica of a promoted one, or of another log.
        FOREIGN,
        /// Nobody has looked at it yet, or the primary has not told yet who it is.
        UNKNOWN
    }
}
