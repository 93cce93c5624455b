package dev.twofold;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
    public static <C, E, R> CommandHandler<C, Facts, R> handler(
            EventStore store,
            EventTypes<E> types,
            Function<? super C, DecisionModel<E, R>> models) {
        return (command, metadata) -> {
            DecisionModel<E, R> model = models.apply(command);
            Query boundary = model.boundary(types);
            return new EventSourcedHandler<>(store, types, model.decider(types), _ -> boundary)
                    .handle(command, metadata);
        };
    }

    /// The events on which the decision depends.
    public Query boundary(EventTypes<E> types) {
        Set<Query.Item> items = new LinkedHashSet<>();
        projections.forEach(one -> items.addAll(one.query(types).items()));
        return new Query(List.copyOf(items));
    }

    /// The model as a decider, for commands of any kind.
    public Decider<Object, Facts, E, R> decider(EventTypes<E> types) {
        return new Decider<>() {
            @Override
            public Facts initial() {
                Map<Projection<?, ?>, Object> states = new HashMap<>();
                projections.forEach(one -> states.put(one, one.initial()));
                return new Facts(states);
            }

            @Override
            public Decision<E, R> decide(Object command, Facts facts) {
                return decide.apply(facts);
            }

            @Override
            public Facts evolve(Facts facts, E event) {
                Set<Tag> tags = types.tags(event);
                Map<Projection<?, ?>, Object> states = new HashMap<>(facts.states);
                projections.forEach(one -> states.put(one, evolve(one, facts, event, tags)));
                return new Facts(states);
            }

            private <S> S evolve(Projection<S, E> one, Facts facts, E event, Set<Tag> tags) {
                return one.evolve(facts.of(one), event, tags);
            }
        };
    }

    /// What the projections of a model have come to know. Immutable.
    public static final class Facts {
        private final Map<Projection<?, ?>, Object> states;

        private Facts(Map<Projection<?, ?>, Object> states) {
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
