package dev.twofold;

import dev.twofold.AppendOutcome.Appended;
import dev.twofold.AppendOutcome.Conflict;
import dev.twofold.AppendOutcome.Overloaded;
import dev.twofold.AppendOutcome.Repeated;
import dev.twofold.CommandOutcome.Accepted;
import dev.twofold.CommandOutcome.Contended;
import dev.twofold.CommandOutcome.Refused;
import dev.twofold.Decision.Accept;
import dev.twofold.Decision.Refuse;
import java.util.List;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Carries out commands by the rules of a decider: load, fold, decide, append, and once more from
/// the newer events if another writer was faster.
///
/// What a command's decision depends on is a query, its boundary: the events that match it are
/// folded into the state, and the append is taken only if no further one has come since. That
/// condition also makes it safe to decide on a state that may be stale, so one out of a cache costs
/// no read.
///
/// @param <C> commands
/// @param <S> states
/// @param <E> events
/// @param <R> reasons to refuse a command
public final class EventSourcedHandler<C, S, E, R> implements CommandHandler<C, S, R> {
    private static final int MAX_ATTEMPTS = 10;
    private static final int PAGE = 1_000;

    private final EventStore store;
    private final EventTypes<E> types;
    private final Decider<C, S, E, R> decider;
    private final Function<? super C, Query> boundary;
    private final Predicate<? super C> creates;
    private final @Nullable ConcurrentMap<Query, Known<S>> cache;
    private final Function<Decision<E, R>, @Nullable Receipt> receipts;

    public EventSourcedHandler(
            EventStore store,
            EventTypes<E> types,
            Decider<C, S, E, R> decider,
            Function<? super C, Query> boundary) {
        this(store, types, decider, boundary, command -> false, null, decision -> null);
    }

    private EventSourcedHandler(
            EventStore store,
            EventTypes<E> types,
            Decider<C, S, E, R> decider,
            Function<? super C, Query> boundary,
            Predicate<? super C> creates,
            @Nullable ConcurrentMap<Query, Known<S>> cache,
            Function<Decision<E, R>, @Nullable Receipt> receipts) {
        this.store = store;
        this.types = types;
        this.decider = decider;
        this.boundary = boundary;
        this.creates = creates;
        this.cache = cache;
        this.receipts = receipts;
    }

    /// A handler that meets these commands with the initial state, without a read.
    ///
    /// For commands that nearly always find nothing; one that does find something costs a conflict
    /// more.
    public EventSourcedHandler<C, S, E, R> expectingNothing(Predicate<? super C> commands) {
        return new EventSourcedHandler<>(
                store, types, decider, boundary, commands, cache, receipts);
    }

    /// A handler that keeps states in a map, such as the bounded one that Caffeine's `asMap` gives.
    public EventSourcedHandler<C, S, E, R> cachingIn(ConcurrentMap<Query, Known<S>> states) {
        return new EventSourcedHandler<>(
                store, types, decider, boundary, creates, states, receipts);
    }

    /// A handler for one request, which has one effect however often it is sent.
    ///
    /// The first to get through leaves an answer under the key, in the same transaction as its
    /// events; from then on the outcome is `Repeated`, with that answer. A refusal counts as well.
    ///
    /// @param key at most 255 characters, unique among the store's requests
    /// @param answer makes the answer to keep, at most 65,536 characters
    public CommandHandler<C, S, R> once(
            String key, Function<? super Decision<E, R>, String> answer) {
        return new EventSourcedHandler<>(
                store,
                types,
                decider,
                boundary,
                creates,
                cache,
                decision -> new Receipt(key, answer.apply(decision)));
    }

    @Override
    public CommandOutcome<S, R> handle(C command, Metadata metadata) {
        Query query = boundary.apply(command);
        Known<S> guess = guess(command, query);
        boolean current = guess == null;
        Known<S> known = guess == null ? catchUp(query, initial()) : guess;
        for (int attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
            Decision<E, R> decision = decider.decide(command, known.state());
            List<E> events = events(decision);
            Receipt receipt = receipts.apply(decision);
            if (events.isEmpty() && receipt == null) {
                if (current) {
                    return outcome(decision, known, 0);
                }
                // nothing will be appended, so nothing else would show that the guess is stale
                known = catchUp(query, known);
                current = true;
                continue;
            }
            List<NewEvent> encoded =
                    events.stream().map(event -> types.encode(event, metadata)).toList();
            Condition unchanged = new Condition.NoneMatching(query, known.position());
            switch (store.append(new Append(encoded, List.of(unchanged), receipt))) {
                case Appended(_, long position) -> {
                    S state = fold(known.state(), events, encoded, query);
                    known = remember(query, new Known<>(state, position));
                    return outcome(decision, known, events.size());
                }
                case Repeated(var answer, long position) -> {
                    return new CommandOutcome.Repeated<>(answer, position);
                }
                case Overloaded(var retryAfter) -> {
                    return new CommandOutcome.Overloaded<>(retryAfter);
                }
                case Conflict _ -> {
                    known = catchUp(query, known);
                    current = true;
                }
            }
        }
        return new Contended<>(MAX_ATTEMPTS);
    }

    /// The state that the next command with this boundary would meet, and how far it is known.
    ///
    /// @throws EventStoreException if the store is out of reach
    public Known<S> state(Query query) {
        return catchUp(query, initial());
    }

    private @Nullable Known<S> guess(C command, Query query) {
        Known<S> cached = cache == null ? null : cache.get(query);
        return cached == null && creates.test(command) ? initial() : cached;
    }

    private Known<S> initial() {
        return new Known<>(decider.initial(), 0);
    }

    private static <E, R> List<E> events(Decision<E, R> decision) {
        return switch (decision) {
            case Accept<E, R>(var events) -> events;
            case Refuse<E, R> _ -> List.of();
        };
    }

    private CommandOutcome<S, R> outcome(Decision<E, R> decision, Known<S> known, int events) {
        return switch (decision) {
            case Accept<E, R> _ -> new Accepted<>(known.state(), known.position(), events);
            case Refuse<E, R>(var reason) -> new Refused<>(reason, known.position());
        };
    }

    private Known<S> catchUp(Query query, Known<S> known) {
        Known<S> newer = known;
        List<RecordedEvent> page;
        do {
            page = store.read(query, newer.position(), PAGE);
            S state = newer.state();
            for (RecordedEvent event : page) {
                for (E one : types.decode(event)) {
                    state = decider.evolve(state, one);
                }
            }
            newer = page.isEmpty() ? newer : new Known<>(state, page.getLast().position());
        } while (page.size() == PAGE);
        return remember(query, newer);
    }

    /// Folds what was appended as a later read would: events outside the boundary do not count.
    private S fold(S state, List<E> events, List<NewEvent> encoded, Query query) {
        S folded = state;
        for (int i = 0; i < events.size(); i++) {
            NewEvent event = encoded.get(i);
            if (query.matches(event.stream(), event.type(), event.tags())) {
                folded = decider.evolve(folded, events.get(i));
            }
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
