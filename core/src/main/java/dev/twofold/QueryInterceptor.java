package dev.twofold;

import java.time.Duration;
import java.util.List;
import java.util.function.BiConsumer;

/// Wraps query handlers with something that concerns all of them: authorization, limits, metrics,
/// tracing.
public interface QueryInterceptor {

    /// A handler that calls the next one, or does not.
    <Q extends QueryFor<A>, A> QueryHandler<Q, A> around(QueryHandler<Q, A> next);

    /// An interceptor that runs a check before each query, such as whether its caller may ask; what
    /// the check throws, the caller gets, and the query goes no further.
    static QueryInterceptor checking(BiConsumer<Object, Metadata> check) {
        return new QueryInterceptor() {
            @Override
            public <Q extends QueryFor<A>, A> QueryHandler<Q, A> around(QueryHandler<Q, A> next) {
                return (query, metadata) -> {
                    check.accept(query, metadata);
                    return next.answer(query, metadata);
                };
            }
        };
    }

    /// An interceptor that has so many queries answered at once, all classes that it wraps taken
    /// together; others wait for their turn, and are given up after a time
    /// ([TooManyQueriesException]).
    ///
    /// Keeps costly queries from taking all connections away from the others.
    ///
    /// @param atOnce 1 or more
    /// @param patience how long a query waits for its turn; zero for not at all
    static QueryInterceptor limiting(int atOnce, Duration patience) {
        return new QueriesAtOnce(atOnce, patience);
    }

    /// An interceptor for queries of a type only; others go past it.
    ///
    /// @param type of queries, which may be an interface that several have
    static QueryInterceptor only(Class<?> type, QueryInterceptor interceptor) {
        return new QueryInterceptor() {
            @Override
            public <Q extends QueryFor<A>, A> QueryHandler<Q, A> around(QueryHandler<Q, A> next) {
                QueryHandler<Q, A> wrapped = interceptor.around(next);
                return (query, metadata) ->
                        (type.isInstance(query) ? wrapped : next).answer(query, metadata);
            }
        };
    }

    /// The interceptors as one, the first of which is the outermost.
    static QueryInterceptor all(List<? extends QueryInterceptor> interceptors) {
        List<? extends QueryInterceptor> copy = List.copyOf(interceptors);
        return new QueryInterceptor() {
            @Override
            public <Q extends QueryFor<A>, A> QueryHandler<Q, A> around(QueryHandler<Q, A> next) {
                QueryHandler<Q, A> wrapped = next;
                for (QueryInterceptor interceptor : copy.reversed()) {
                    wrapped = interceptor.around(wrapped);
                }
                return wrapped;
            }
        };
    }
}
