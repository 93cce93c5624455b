package dev.twofold;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/// One thing that a decision has to know: a small fold over the events of some classes that carry
/// all of some tags.
///
/// Immutable.
///
/// @param <S> what is known
/// @param <E> the family of events
public final class Projection<S, E> {
    private final S initial;
    private final Set<Tag> tags;
    private final Map<Class<? extends E>, BiFunction<S, E, S>> folds;
    private final @Nullable String name;

    private Projection(
            S initial,
            Set<Tag> tags,
            Map<Class<? extends E>, BiFunction<S, E, S>> folds,
            @Nullable String name) {
        this.initial = initial;
        this.tags = tags;
        this.folds = folds;
        this.name = name;
    }

    /// What is known before anything happened, and the tags of the events that change it.
    public static <S, E> Projection<S, E> of(S initial, Tag... tags) {
        return new Projection<>(initial, Set.of(tags), Map.of(), null);
    }

    /// The same projection, which also folds events of a class or of a sealed part of the family.
    public <F extends E> Projection<S, E> on(
            Class<F> type, BiFunction<? super S, ? super F, ? extends S> fold) {
        Map<Class<? extends E>, BiFunction<S, E, S>> more = new LinkedHashMap<>(folds);
        more.put(type, (state, event) -> fold.apply(state, type.cast(event)));
        return new Projection<>(initial, tags, more, name);
    }

    /// The same projection, whose states a handler may keep from one command to the next.
    ///
    /// What the folds do has to follow from this name and the tags alone: not from a clock, nor
    /// from anything else of the command. Then projections of the same name, tags and events share
    /// their states.
    ///
    /// @param as at most 100 characters
    public Projection<S, E> cachedAs(String as) {
        return new Projection<>(
                initial, tags, folds, Text.require("the name of a projection", as, 100));
    }

    /// Under which a handler keeps the state of a projection that has a name.
    public record Key(String name, Query query) {}

    /// Null if no state is to be kept.
    @Nullable Key key(EventTypes<? extends E> types) {
        return name == null ? null : new Key(name, query(types));
    }

    S initial() {
        return initial;
    }

    /// The events that the projection folds, past ones that may become such included.
    Query query(EventTypes<? extends E> types) {
        Set<String> names = new TreeSet<>();
        folds.keySet().forEach(type -> names.addAll(types.names(type)));
        return new Query(List.of(new Query.Item(null, names, tags)));
    }

    S evolve(S state, E event, Set<Tag> eventTags) {
        if (eventTags.containsAll(tags)) {
            for (Map.Entry<Class<? extends E>, BiFunction<S, E, S>> fold : folds.entrySet()) {
                if (fold.getKey().isInstance(event)) {
                    return fold.getValue().apply(state, event);
                }
            }
        }
        return state;
    }
}
