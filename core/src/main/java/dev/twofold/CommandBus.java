package dev.twofold;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// Takes any registered command to its handler, through the same interceptors.
///
/// A caller that knows the family of its command uses the handler that [Builder#register] returned
/// and keeps the types; the bus itself is for those that do not, such as a queue of commands.
/// Immutable; safe for use by many threads.
public final class CommandBus {
    private final Map<Class<?>, CommandHandler<Object, ?, ?>> handlers;

    private CommandBus(Map<Class<?>, CommandHandler<Object, ?, ?>> handlers) {
        this.handlers = handlers;
    }

    /// @param interceptors the first is the outermost
    public static Builder builder(Interceptor... interceptors) {
        return new Builder(List.of(interceptors));
    }

    /// @throws IllegalArgumentException if no handler is registered for the command's class
    /// @throws EventStoreException if the store is out of reach
    public CommandOutcome<?, ?> send(Object command, Metadata metadata) {
        CommandHandler<Object, ?, ?> handler = handlers.get(command.getClass());
        if (handler == null) {
            Set<String> known = new TreeSet<>();
            handlers.keySet().forEach(type -> known.add(type.getSimpleName()));
            throw new IllegalArgumentException(
                    "no handler is registered for %s, only for %s"
                            .formatted(command.getClass().getName(), known));
        }
        return handler.handle(command, metadata);
    }

    /// Collects the handlers. Not safe for use by many threads.
    public static final class Builder {
        private final List<Interceptor> interceptors;
        private final Map<Class<?>, CommandHandler<Object, ?, ?>> handlers = new HashMap<>();

        private Builder(List<Interceptor> interceptors) {
            this.interceptors = interceptors;
        }

        /// Registers the handler for a class of commands, or for all records of a sealed interface.
        ///
        /// @return the handler with the interceptors around it
        /// @throws IllegalArgumentException if one of the classes has a handler already
        public <C, S, R> CommandHandler<C, S, R> register(
                Class<C> family, CommandHandler<C, S, R> handler) {
            CommandHandler<C, S, R> outermost = Interceptor.all(interceptors).around(handler);
            for (Class<?> type : Families.leaves(family)) {
                CommandHandler<Object, S, R> untyped =
                        (command, metadata) -> outermost.handle(family.cast(command), metadata);
                if (handlers.putIfAbsent(type, untyped) != null) {
                    throw new IllegalArgumentException(
                            "%s has a handler already".formatted(type.getName()));
                }
            }
            return outermost;
        }

        public CommandBus build() {
            return new CommandBus(Map.copyOf(handlers));
        }
    }
}
