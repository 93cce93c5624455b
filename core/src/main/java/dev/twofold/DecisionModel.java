package dev.twofold;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;

/// What one command depends on, as several projections, and what is decided from them.
///
/// Together the projections make a dynamic consistency boundary (<https://dcb.events>): the
/// decision is recorded only if nothing that any of them would fold has happened since it was made.
/// At least one projection, at most 100.
///
/// @param <E> the family of events
/// @param <R> reasons to refuse a command
public record DecisionModel<E, R>(
        List<? extends Projection<?, E>> projections, Function<Facts, Decision<E, R>> decide) {

    public DecisionModel {
        projections = List.copyOf(projections);
    }

    /// A handler that makes a model for each command, and carries the command out by it.
    ///
    /// Reads the history of all projections, in one query, for each command.
    public static <C, E, R> CommandHandler<C, Facts, R> handler(
            EventStore store,
            EventTypes<E> types,
            Function<? super C, DecisionModel<E, R>> models) {
        return new DecisionModelHandler<>(store, types, models, null);
    }

    /// As [#handler(EventStore, EventTypes, Function)], with states of the projections that have a
    /// name ([Projection#cachedAs]) kept in a map, such as the bounded one that Caffeine's `asMap`
    /// gives.
    ///
    /// Models share what they have in common: one command leaves the places taken of a course for
    /// the next, whoever the student. A state may be stale, as the append's condition catches that;
    /// one that is costs one read of the newer events.
    public static <C, E, R> CommandHandler<C, Facts, R> handler(
            EventStore store,
            EventTypes<E> types,
            Function<? super C, DecisionModel<E, R>> models,
            ConcurrentMap<Projection.Key, Known<?>> cache) {
        return new DecisionModelHandler<>(store, types, models, cache);
    }

    /// The events on which the decision depends.
    public Query boundary(EventTypes<E> types) {
        Set<Query.Item> items = new LinkedHashSet<>();
        projections.forEach(one -> items.addAll(one.query(types).items()));
        return new Query(List.copyOf(items));
    }

    /// What the projections of a model have come to know. Immutable.
    public static final class Facts {
        private final Map<Projection<?, ?>, Object> states;

        Facts(Map<Projection<?, ?>, Object> states) {
            this.states = states;
        }

        /// @throws IllegalArgumentException if the projection is not in the model
        public <S> S of(Projection<S, ?> projection) {
            Object state = states.get(projection);
            if (state == null) {
                throw new IllegalArgumentException(
                        "the projection is not in the decision model; add it to the projections");
            }
            @SuppressWarnings("unchecked") // only this projection's states are put under it
            S own = (S) state;
            return own;
        }
    }
}
