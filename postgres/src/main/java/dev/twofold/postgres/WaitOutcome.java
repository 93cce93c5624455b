package dev.twofold.postgres;

/// What became of waiting until a projection has reached a position.
public sealed interface WaitOutcome {

    /// It stands at `position`, which is the one waited for or a later one.
    record Reached(long position) implements WaitOutcome {}

    /// It has come as far as `position` only; 0 also if nothing is known of it.
    record TimedOut(long position) implements WaitOutcome {}

    /// It goes no further than `position` before someone has looked into the reason.
    record Stalled(long position, String reason) implements WaitOutcome {}
}
