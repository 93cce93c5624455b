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
import dev.twofold.DecisionModel.Facts;
import java.util.List;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Carries out commands by the decision model of each: load, decide, append, and once more from the
/// newer events if another writer was faster.
final class DecisionModelHandler<C, E, R> implements CommandHandler<C, Facts, R> {
    private static final int MAX_ATTEMPTS = 10;

    private final EventStore store;
    private final EventTypes<E> types;
    private final Function<? super C, DecisionModel<E, R>> models;
    private final @Nullable ConcurrentMap<Projection.Key, Known<?>> cache;

    DecisionModelHandler(
            EventStore store,
            EventTypes<E> types,
            Function<? super C, DecisionModel<E, R>> models,
            @Nullable ConcurrentMap<Projection.Key, Known<?>> cache) {
        this.store = store;
        this.types = types;
        this.models = models;
        this.cache = cache;
    }

    @Override
    public CommandOutcome<Facts, R> handle(C command, Metadata metadata) {
        DecisionModel<E, R> model = models.apply(command);
        FactsOfModel<E> facts = new FactsOfModel<>(store, types, model.projections(), cache);
        boolean current = facts.load();
        for (int attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
            Decision<E, R> decision = model.decide().apply(facts.now());
            List<E> events =
                    switch (decision) {
                        case Accept<E, R>(var accepted) -> accepted;
                        case Refuse<E, R> _ -> List.of();
                    };
            if (events.isEmpty()) {
                if (current) {
                    return switch (decision) {
                        case Accept<E, R> _ -> new Accepted<>(facts.now(), facts.position(), 0);
                        case Refuse<E, R>(var reason) -> new Refused<>(reason, facts.position());
                    };
                }
                // nothing will be appended, so nothing else would show that a state is stale
                facts.catchUp();
                current = true;
                continue;
            }
            List<NewEvent> encoded =
                    events.stream().map(event -> types.encode(event, metadata)).toList();
            switch (store.append(new Append(encoded, facts.unchanged(), null))) {
                case Appended(_, long position) -> {
                    facts.appended(events, encoded, position);
                    return new Accepted<>(facts.now(), position, events.size());
                }
                case Repeated(var answer, long position) -> {
                    return new CommandOutcome.Repeated<>(answer, position);
                }
                case Overloaded(var retryAfter) -> {
                    return new CommandOutcome.Overloaded<>(retryAfter);
                }
                case Conflict _ -> {
                    facts.catchUp();
                    current = true;
                }
            }
        }
        return new Contended<>(MAX_ATTEMPTS);
    }
}
