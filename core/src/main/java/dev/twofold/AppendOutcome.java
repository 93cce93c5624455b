package dev.twofold;

import java.time.Duration;

/// What became of an append.
public sealed interface AppendOutcome {

    /// All events are in the log, durably, at these positions, in the order in which they were
    /// given.
    ///
    /// Of an append without events, which only keeps a receipt, `firstPosition` is one more than
    /// `lastPosition`, and that is the position of the log's last event.
    record Appended(long firstPosition, long lastPosition) implements AppendOutcome {}

    /// An earlier append left a receipt under the same key, and nothing was written now.
    ///
    /// A reader that has seen `position` sees all that the earlier one did.
    record Repeated(String answer, long position) implements AppendOutcome {}

    /// A condition did not hold, and nothing was written.
    ///
    /// `position` is that of an event that stands in the way: the last event of the stream whose
    /// version was expected (0 when the stream has none), or an event that matches the query.
    record Conflict(Condition condition, long position) implements AppendOutcome {}

    /// The store has more appends waiting than it takes on, and nothing was written; try again
    /// after the given time.
    record Overloaded(Duration retryAfter) implements AppendOutcome {}
}
