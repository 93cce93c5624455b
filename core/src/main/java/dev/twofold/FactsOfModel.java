package dev.twofold;

import dev.twofold.DecisionModel.Facts;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/// What the projections of one model have come to know while one command is carried out, each up to
/// a position of its own. Not safe for use by many threads.
final class FactsOfModel<E> {
    private static final int PAGE = 1_000;

    private final EventStore store;
    private final EventTypes<E> types;
    private final @Nullable ConcurrentMap<Projection.Key, Known<?>> cache;
    private final Map<Projection<?, E>, Known<?>> known = new LinkedHashMap<>();

    FactsOfModel(
            EventStore store,
            EventTypes<E> types,
            Collection<? extends Projection<?, E>> projections,
            @Nullable ConcurrentMap<Projection.Key, Known<?>> cache) {
        this.store = store;
        this.types = types;
        this.cache = cache;
        projections.forEach(one -> known.put(one, new Known<>(one.initial(), 0)));
    }

    /// Takes what the cache has, and reads the rest. Returns whether all of it was read just now.
    boolean load() {
        List<Projection<?, E>> missing = new ArrayList<>();
        for (Map.Entry<Projection<?, E>, Known<?>> entry : known.entrySet()) {
            Projection.Key key = cache == null ? null : entry.getKey().key(types);
            Known<?> cached = cache == null || key == null ? null : cache.get(key);
            if (cached == null) {
                missing.add(entry.getKey());
            } else {
                entry.setValue(cached);
            }
        }
        read(missing);
        return missing.size() == known.size();
    }

    /// Folds what came after what is known, in one read as a rule.
    void catchUp() {
        read(List.copyOf(known.keySet()));
    }

    Facts now() {
        Map<Projection<?, ?>, Object> states = new HashMap<>();
        known.forEach((one, state) -> states.put(one, state.state()));
        return new Facts(states);
    }

    /// What a reader has to have seen to know at least as much.
    long position() {
        return known.values().stream().mapToLong(Known::position).max().orElse(0);
    }

    /// That nothing has come which any of the projections would fold.
    List<Condition> unchanged() {
        Map<Long, List<Projection<?, E>>> byPosition = new TreeMap<>();
        known.forEach(
                (one, state) ->
                        byPosition
                                .computeIfAbsent(state.position(), _ -> new ArrayList<>())
                                .add(one));
        List<Condition> conditions = new ArrayList<>();
        byPosition.forEach(
                (position, some) ->
                        conditions.add(new Condition.NoneMatching(query(some), position)));
        return conditions;
    }

    /// Folds events that were appended under [#unchanged].
    void appended(List<E> events, List<NewEvent> encoded, long position) {
        for (Map.Entry<Projection<?, E>, Known<?>> entry : known.entrySet()) {
            Projection<?, E> one = entry.getKey();
            Query query = one.query(types);
            for (int i = 0; i < events.size(); i++) {
                NewEvent event = encoded.get(i);
                if (query.matches(event.stream(), event.type(), event.tags())) {
                    entry.setValue(folded(one, entry.getValue(), events.get(i), event.tags()));
                }
            }
            entry.setValue(new Known<>(entry.getValue().state(), position));
            remember(one, entry.getValue());
        }
    }

    /// One read serves all of the projections: each passes over what it knows already.
    private void read(List<Projection<?, E>> some) {
        if (some.isEmpty()) {
            return;
        }
        Query query = query(some);
        long after = some.stream().mapToLong(one -> known(one).position()).min().orElse(0);
        List<RecordedEvent> page;
        do {
            page = store.read(query, after, PAGE);
            for (RecordedEvent event : page) {
                List<E> current = types.decode(event);
                some.forEach(one -> fold(one, current, event.position()));
            }
            after = page.isEmpty() ? after : page.getLast().position();
        } while (page.size() == PAGE);
        // whoever has read to the end knows at least as much as any that had read before
        long upTo = Math.max(after, position());
        for (Projection<?, E> one : some) {
            Known<?> upToDate = new Known<>(known(one).state(), upTo);
            known.put(one, upToDate);
            remember(one, upToDate);
        }
    }

    private void fold(Projection<?, E> one, List<E> events, long position) {
        if (position > known(one).position()) {
            for (E event : events) {
                known.put(one, folded(one, known(one), event, types.tags(event)));
            }
        }
    }

    private static <S, E> Known<S> folded(
            Projection<S, E> one, Known<?> before, E event, Set<Tag> tags) {
        @SuppressWarnings("unchecked") // only this projection's states are put under it
        S state = (S) before.state();
        return new Known<>(one.evolve(state, event, tags), before.position());
    }

    private Known<?> known(Projection<?, E> one) {
        Known<?> state = known.get(one);
        if (state == null) {
            throw new IllegalStateException("the projection is not in the model");
        }
        return state;
    }

    private Query query(List<Projection<?, E>> some) {
        Set<Query.Item> items = new LinkedHashSet<>();
        some.forEach(one -> items.addAll(one.query(types).items()));
        return new Query(List.copyOf(items));
    }

    private void remember(Projection<?, E> one, Known<?> upToDate) {
        Projection.Key key = cache == null ? null : one.key(types);
        if (cache != null && key != null && upToDate.position() > 0) {
            cache.merge(key, upToDate, (a, b) -> a.position() > b.position() ? a : b);
        }
    }
}
