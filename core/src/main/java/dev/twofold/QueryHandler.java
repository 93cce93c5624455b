package dev.twofold;

/// Answers the queries of one class.
///
/// Implementations are safe for use by many threads.
///
/// @param <Q> queries
/// @param <A> answers
@FunctionalInterface
public interface QueryHandler<Q extends QueryFor<A>, A> {

    /// @param metadata who asks, and in which trace
    /// @throws EventStoreException if what is asked for is out of reach
    A answer(Q query, Metadata metadata);
}
