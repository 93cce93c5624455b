package dev.twofold.spring;

import dev.twofold.CommandHandler;
import dev.twofold.CommandOutcome;
import dev.twofold.Interceptor;
import dev.twofold.Metadata;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;

/// Observes each command, as a timer and a span named `twofold.command`.
///
/// Low-cardinality keys: `command`, the command's simple class name; `outcome`, the outcome's in
/// lower case, or `error` if the handler threw. Safe for use by many threads.
public final class CommandObservation implements Interceptor {
    private final ObservationRegistry registry;

    public CommandObservation(ObservationRegistry registry) {
        this.registry = registry;
    }

    @Override
    public <C, S, R> CommandHandler<C, S, R> around(CommandHandler<C, S, R> next) {
        return (command, metadata) -> {
            Observation observation =
                    Observation.createNotStarted("twofold.command", registry)
                            .lowCardinalityKeyValue("command", command.getClass().getSimpleName())
                            .lowCardinalityKeyValue("outcome", "error");
            return observation.observe(() -> observed(observation, next, command, metadata));
        };
    }

    private static <C, S, R> CommandOutcome<S, R> observed(
            Observation observation, CommandHandler<C, S, R> next, C command, Metadata metadata) {
        CommandOutcome<S, R> outcome = next.handle(command, metadata);
        observation.lowCardinalityKeyValue("outcome", name(outcome));
        return outcome;
    }

    private static String name(CommandOutcome<?, ?> outcome) {
        return switch (outcome) {
            case CommandOutcome.Accepted<?, ?> _ -> "accepted";
            case CommandOutcome.Refused<?, ?> _ -> "refused";
            case CommandOutcome.Repeated<?, ?> _ -> "repeated";
            case CommandOutcome.Contended<?, ?> _ -> "contended";
            case CommandOutcome.Overloaded<?, ?> _ -> "overloaded";
        };
    }
}
