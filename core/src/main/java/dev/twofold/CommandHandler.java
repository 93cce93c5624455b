package dev.twofold;

import dev.twofold.AppendOutcome.Appended;
import dev.twofold.AppendOutcome.Conflict;
import dev.twofold.AppendOutcome.Overloaded;
import dev.twofold.Decision.Accept;
import dev.twofold.Decision.Refuse;
import java.util.List;
import java.util.function.Function;

/// Carries out commands: load, fold, decide, append, and once more from the newer events if another
/// writer was faster.
///
/// What a command's decision depends on is a query, its boundary: the events that match it are folded
/// into the state, and the append is taken only if no further one has come since. Safe for use by
/// many threads.
///
/// @param <C> commands
/// @param <S> states
/// @param <E> events
/// @param <R> reasons to refuse a command
public final class CommandHandler<C, S, E, R> {
    private static final int MAX_ATTEMPTS = 10;
    private static final int PAGE = 1_000;

    private final EventStore store;
    private final EventTypes<E> types;
    private final Decider<C, S, E, R> decider;
    private final Function<? super C, Query> boundary;

    public CommandHandler(
            EventStore store,
            EventTypes<E> types,
            Decider<C, S, E, R> decider,
            Function<? super C, Query> boundary) {
        this.store = store;
        this.types = types;
        this.decider = decider;
        this.boundary = boundary;
    }

    /// @throws EventStoreException if the store is out of reach
    public CommandOutcome<S, R> handle(C command, Metadata metadata) {
        Query query = boundary.apply(command);
        Folded<S> folded = new Folded<>(decider.initial(), 0);
        for (int attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
            folded = catchUp(query, folded);
            List<E> events;
            switch (decider.decide(command, folded.state)) {
                case Refuse<E, R>(var reason) -> {
                    return new CommandOutcome.Refused<>(reason, folded.position);
                }
                case Accept<E, R>(var accepted) -> events = accepted;
            }
            if (events.isEmpty()) {
                return new CommandOutcome.Accepted<>(folded.state, folded.position, 0);
            }
            switch (append(events, metadata, query, folded.position)) {
                case Appended appended -> {
                    S state = fold(folded.state, events);
                    return new CommandOutcome.Accepted<>(
                            state, appended.lastPosition(), events.size());
                }
                case Overloaded(var retryAfter) -> {
                    return new CommandOutcome.Overloaded<>(retryAfter);
                }
                case Conflict _ -> {
                    // another writer was faster: catch up and decide again
                }
            }
        }
        return new CommandOutcome.Contended<>(MAX_ATTEMPTS);
    }

    /// The state that the next command with this boundary would meet.
    ///
    /// @throws EventStoreException if the store is out of reach
    public S state(Query query) {
        return catchUp(query, new Folded<>(decider.initial(), 0)).state;
    }

    private Folded<S> catchUp(Query query, Folded<S> folded) {
        Folded<S> newer = folded;
        List<RecordedEvent> page;
        do {
            page = store.read(query, newer.position, PAGE);
            S state = newer.state;
            for (RecordedEvent event : page) {
                state = fold(state, types.decode(event));
            }
            newer = page.isEmpty() ? newer : new Folded<>(state, page.getLast().position());
        } while (page.size() == PAGE);
        return newer;
    }

    private S fold(S state, List<E> events) {
        S folded = state;
        for (E event : events) {
            folded = decider.evolve(folded, event);
        }
        return folded;
    }

    private AppendOutcome append(List<E> events, Metadata metadata, Query query, long after) {
        List<NewEvent> encoded =
                events.stream().map(event -> types.encode(event, metadata)).toList();
        return store.append(Append.of(encoded, new Condition.NoneMatching(query, after)));
    }

    private record Folded<S>(S state, long position) {}
}
