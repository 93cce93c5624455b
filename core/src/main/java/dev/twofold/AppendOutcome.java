package dev.twofold;

import java.time.Duration;

/// What became of an append.
public sealed interface AppendOutcome {

    /// All events are in the log, durably, at these positions, in the order in which they were given.
    record Appended(long firstPosition, long lastPosition) implements AppendOutcome {}

    /// A condition did not hold, and nothing was written.
    ///
    /// `position` is that of an event that stands in the way: the last event of the stream whose
    /// version was expected (0 when the stream has none), or an event that matches the query.
    record Conflict(Condition condition, long position) implements AppendOutcome {}

    /// The store has more appends waiting than it takes on, and nothing was written; try again after
    /// the given time.
    record Overloaded(Duration retryAfter) implements AppendOutcome {}
}
