package dev.twofold.spring;

import dev.twofold.Metadata;
import dev.twofold.QueryFor;
import dev.twofold.QueryHandler;
import dev.twofold.QueryInterceptor;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;

/// Observes each query, as a timer and a span named `twofold.query`.
///
/// Low-cardinality keys: `query`, the query's simple class name; `outcome`, `answered`, or `error`
/// if the handler threw. Safe for use by many threads.
public final class QueryObservation implements QueryInterceptor {
    private final ObservationRegistry registry;

    public QueryObservation(ObservationRegistry registry) {
        this.registry = registry;
    }

    @Override
    public <Q extends QueryFor<A>, A> QueryHandler<Q, A> around(QueryHandler<Q, A> next) {
        return (query, metadata) -> {
            Observation observation =
                    Observation.createNotStarted("twofold.query", registry)
                            .lowCardinalityKeyValue("query", query.getClass().getSimpleName())
                            .lowCardinalityKeyValue("outcome", "error");
            return observation.observe(() -> observed(observation, next, query, metadata));
        };
    }

    private static <Q extends QueryFor<A>, A> A observed(
            Observation observation, QueryHandler<Q, A> next, Q query, Metadata metadata) {
        A answer = next.answer(query, metadata);
        observation.lowCardinalityKeyValue("outcome", "answered");
        return answer;
    }
}
