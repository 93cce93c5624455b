package dev.twofold;

import java.util.function.BiConsumer;

/// Wraps command handlers with something that concerns all of them: validation, authorization,
/// metrics, tracing.
public interface Interceptor {

    /// A handler that calls the next one, or does not.
    <C, S, R> CommandHandler<C, S, R> around(CommandHandler<C, S, R> next);

    /// An interceptor that runs a check before each command, such as whether it is valid or its
    /// caller may send it; what the check throws, the caller gets, and the command goes no further.
    static Interceptor checking(BiConsumer<Object, Metadata> check) {
        return new Interceptor() {
            @Override
            public <C, S, R> CommandHandler<C, S, R> around(CommandHandler<C, S, R> next) {
                return (command, metadata) -> {
                    check.accept(command, metadata);
                    return next.handle(command, metadata);
                };
            }
        };
    }
}
