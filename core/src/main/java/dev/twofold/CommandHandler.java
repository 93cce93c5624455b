package dev.twofold;

/// Carries out the commands of one family.
///
/// Implementations are safe for use by many threads.
///
/// @param <C> commands
/// @param <S> states
/// @param <R> reasons to refuse a command
@FunctionalInterface
public interface CommandHandler<C, S, R> {

    /// @throws EventStoreException if the store is out of reach
    CommandOutcome<S, R> handle(C command, Metadata metadata);
}
