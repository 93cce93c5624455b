package dev.twofold.postgres;

/// What one step of a projection did.
sealed interface Step {

    /// Took in a batch, so that the projection now stands at `position`; `more` if the log goes on.
    record Advanced(long position, int events, boolean more) implements Step {}

    /// Nothing, as the projection stands at the end of the log.
    record Idle(long position) implements Step {}

    /// Nothing, as another process is at work on it, or has been since the last step.
    record Elsewhere() implements Step {}

    /// Took in what comes before an event that cannot be taken in.
    record Stopped(long position, String reason) implements Step {}
}
