package dev.twofold;

import java.time.Duration;

/// What became of a command.
///
/// @param <S> states
/// @param <R> reasons to refuse a command
public sealed interface CommandOutcome<S, R> {

    /// The command was carried out, or what it asks for held already.
    ///
    /// A reader that has seen `position` sees the effect; `events` counts those recorded.
    record Accepted<S, R>(S state, long position, int events) implements CommandOutcome<S, R> {}

    /// The command was turned down; `position` is what the decision had seen.
    record Refused<S, R>(R reason, long position) implements CommandOutcome<S, R> {}

    /// A command with the same idempotency key was handled before; this is the answer it left.
    ///
    /// A reader that has seen `position` sees all that the first one did.
    record Repeated<S, R>(String answer, long position) implements CommandOutcome<S, R> {}

    /// Other writers were faster each time; nothing was recorded, and the command can be tried
    /// again.
    record Contended<S, R>(int attempts) implements CommandOutcome<S, R> {}

    /// The store has too much to do; nothing was recorded. Try again after the given time.
    record Overloaded<S, R>(Duration retryAfter) implements CommandOutcome<S, R> {}
}
