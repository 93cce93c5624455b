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

    private final EventStore store;
    private final EventTypes<E> types;
    private final Decider<C, S, E, R> decider;
    private final Function<? super C, Query> boundary;
    private final States<S, E> states;
    private final Predicate<? super C> creates;
    private final Function<Decision<E, R>, @Nullable Receipt> receipts;

    public EventSourcedHandler(
            EventStore store,
            EventTypes<E> types,
            Decider<C, S, E, R> decider,
            Function<? super C, Query> boundary) {
        this(
                store,
                types,
                decider,
                boundary,
                new States<>(store, types, decider, null, null),
                command -> false,
                decision -> null);
    }

    private EventSourcedHandler(
            EventStore store,
            EventTypes<E> types,
            Decider<C, S, E, R> decider,
            Function<? super C, Query> boundary,
            States<S, E> states,
            Predicate<? super C> creates,
            Function<Decision<E, R>, @Nullable Receipt> receipts) {
        this.store = store;
        this.types = types;
        this.decider = decider;
        this.boundary = boundary;
        this.states = states;
        this.creates = creates;
        this.receipts = receipts;
    }

    /// A handler that meets these commands with the initial state, without a read.
    ///
    /// For commands that nearly always find nothing; one that does find something costs a conflict
    /// more.
    public EventSourcedHandler<C, S, E, R> expectingNothing(Predicate<? super C> commands) {
        return new EventSourcedHandler<>(
                store, types, decider, boundary, states, commands, receipts);
    }

    /// A handler that keeps states in a map, such as the bounded one that Caffeine's `asMap` gives.
    public EventSourcedHandler<C, S, E, R> cachingIn(ConcurrentMap<Query, Known<S>> cache) {
        return new EventSourcedHandler<>(
                store, types, decider, boundary, states.with(cache), creates, receipts);
    }

    /// A handler that keeps snapshots, and starts from them where no newer state is at hand.
    public EventSourcedHandler<C, S, E, R> snapshottingIn(Snapshots<S> snapshots) {
        return new EventSourcedHandler<>(
                store, types, decider, boundary, states.with(snapshots), creates, receipts);
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
                states,
                creates,
                decision -> new Receipt(key, answer.apply(decision)));
    }

    @Override
    public CommandOutcome<S, R> handle(C command, Metadata metadata) {
        Query query = boundary.apply(command);
        Known<S> guess = guess(command, query);
        boolean current = guess == null;
        Known<S> known = guess == null ? states.load(query) : guess;
        for (int attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
            Decision<E, R> decision = decider.decide(command, known.state());
            List<E> events = events(decision);
            Receipt receipt = receipts.apply(decision);
            if (events.isEmpty() && receipt == null) {
                if (current) {
                    return outcome(decision, known, 0);
                }
                // nothing will be appended, so nothing else would show that the guess is stale
                known = states.catchUp(query, known);
                current = true;
                continue;
            }
            List<NewEvent> encoded =
                    events.stream().map(event -> types.encode(event, metadata)).toList();
            Condition unchanged = new Condition.NoneMatching(query, known.position());
            switch (store.append(new Append(encoded, List.of(unchanged), receipt))) {
                case Appended(_, long position) -> {
                    known = states.appended(query, known, events, encoded, position);
                    return outcome(decision, known, events.size());
                }
                case Repeated(var answer, long position) -> {
                    return new CommandOutcome.Repeated<>(answer, position);
                }
                case Overloaded(var retryAfter) -> {
                    return new CommandOutcome.Overloaded<>(retryAfter);
                }
                case Conflict _ -> {
                    known = states.catchUp(query, known);
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
        return states.load(query);
    }

    private @Nullable Known<S> guess(C command, Query query) {
        Known<S> cached = states.cached(query);
        return cached == null && creates.test(command) ? states.initial() : cached;
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
}
