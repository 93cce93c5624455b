package dev.twofold;

import java.time.Duration;
import java.util.List;
import java.util.function.BiConsumer;

/// Wraps command handlers with something that concerns all of them: validation, authorization,
/// metrics, tracing, retry.
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

    /// An interceptor that sends a command once more when other writers were faster each time,
    /// after a pause of random length, up to so many times altogether.
    ///
    /// A handler tries a few times by itself, at once; this is for boundaries that many write to.
    ///
    /// @param times how often the command is handled at most, 1 or more
    /// @param longestPause before the second time; each further one may take twice as long
    static Interceptor retrying(int times, Duration longestPause) {
        return new RetryOnConflict(times, longestPause);
    }

    /// The interceptors as one, the first of which is the outermost.
    static Interceptor all(List<? extends Interceptor> interceptors) {
        List<? extends Interceptor> copy = List.copyOf(interceptors);
        return new Interceptor() {
            @Override
            public <C, S, R> CommandHandler<C, S, R> around(CommandHandler<C, S, R> next) {
                CommandHandler<C, S, R> wrapped = next;
                for (Interceptor interceptor : copy.reversed()) {
                    wrapped = interceptor.around(wrapped);
                }
                return wrapped;
            }
        };
    }
}
