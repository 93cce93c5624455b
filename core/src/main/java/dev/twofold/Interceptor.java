package dev.twofold;

/// Wraps command handlers with something that concerns all of them: validation, authorization,
/// metrics, tracing.
public interface Interceptor {

    /// A handler that calls the next one, or does not.
    <C, S, R> CommandHandler<C, S, R> around(CommandHandler<C, S, R> next);
}
