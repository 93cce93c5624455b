package dev.twofold.postgres;

/// What became of waiting until a projection has reached a position.
public sealed interface WaitOutcome {

    /// It stands at `position`, which is the one waited for or a later one.
    record Reached(long position) implements WaitOutcome {}

    /// It has come as far as `position` only; 0 also if nothing is known of it.
    record TimedOut(long position) implements WaitOutcome {}

    /// It goes no further than `position` before someone has looked into the reason.
    ///
    /// @param position for a document with an event set aside, the one before that event
    /// @param reason for those who run it: it may tell what is in an event
    record Stalled(long position, Cause cause, String reason) implements WaitOutcome {}

    /// What it is that goes no further.
    enum Cause {
        /// The document that was waited for: an event that concerns it has been tried often enough,
        /// and is set aside.
        PARKED,

        /// The projection, or the partition of it that has the document.
        STOPPED
    }
}
