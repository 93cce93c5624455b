package dev.twofold;

import java.util.List;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/// The states that commands meet: folded from the log, from the newest state that is at hand.
final class States<S, E> {
    private static final int PAGE = 1_000;

    private final EventStore store;
    private final EventTypes<E> types;
    private final Decider<?, S, E, ?> decider;
    private final @Nullable ConcurrentMap<Query, Known<S>> cache;
    private final @Nullable Snapshots<S> snapshots;

    States(
            EventStore store,
            EventTypes<E> types,
            Decider<?, S, E, ?> decider,
            @Nullable ConcurrentMap<Query, Known<S>> cache,
            @Nullable Snapshots<S> snapshots) {
        this.store = store;
        this.types = types;
        this.decider = decider;
        this.cache = cache;
        this.snapshots = snapshots;
    }

    States<S, E> with(ConcurrentMap<Query, Known<S>> newCache) {
        return new States<>(store, types, decider, newCache, snapshots);
    }

    States<S, E> with(Snapshots<S> newSnapshots) {
        return new States<>(store, types, decider, cache, newSnapshots);
    }

    Known<S> initial() {
        return new Known<>(decider.initial(), 0);
    }

    /// The state as it was when it was last used here, which may be stale.
    @Nullable Known<S> cached(Query query) {
        return cache == null ? null : cache.get(query);
    }

    /// The state as it is now.
    Known<S> load(Query query) {
        return catchUp(query, snapshots == null ? initial() : snapshots.find(query, initial()));
    }

    /// The state as it is now, by folding what came after an older one.
    Known<S> catchUp(Query query, Known<S> older) {
        Known<S> known = older;
        int folded = 0;
        List<RecordedEvent> page;
        do {
            page = store.read(query, known.position(), PAGE);
            S state = known.state();
            for (RecordedEvent event : page) {
                state = fold(state, types.decode(event));
            }
            folded += page.size();
            known = page.isEmpty() ? known : new Known<>(state, page.getLast().position());
        } while (page.size() == PAGE);
        if (snapshots != null && folded >= snapshots.every()) {
            snapshots.save(query, known);
        }
        return remember(query, known);
    }

    /// The state after an append, folded as a later read would: events outside the query do not
    /// count.
    Known<S> appended(
            Query query, Known<S> before, List<E> events, List<NewEvent> encoded, long position) {
        S state = before.state();
        for (int i = 0; i < events.size(); i++) {
            NewEvent event = encoded.get(i);
            if (query.matches(event.stream(), event.type(), event.tags())) {
                state = decider.evolve(state, events.get(i));
            }
        }
        return remember(query, new Known<>(state, position));
    }

    private S fold(S state, List<E> events) {
        S folded = state;
        for (E event : events) {
            folded = decider.evolve(folded, event);
        }
        return folded;
    }

    private Known<S> remember(Query query, Known<S> known) {
        if (cache != null && known.position() > 0) {
            cache.merge(query, known, (a, b) -> a.position() > b.position() ? a : b);
        }
        return known;
    }
}
