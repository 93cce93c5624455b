package dev.twofold.catalog;

import dev.twofold.CommandHandler;
import dev.twofold.Interceptor;
import dev.twofold.Metadata;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.MDC;

/// Gives each command a span of its own, in the trace of its caller or else in a new one
/// (<https://www.w3.org/TR/trace-context/>): its events bear it, and so does what is logged
/// meanwhile, as `trace`.
final class CommandTrace implements Interceptor {
    private static final String KEY = "trace";
    private static final Pattern TRACE_PARENT =
            Pattern.compile("00-([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})");

    @Override
    public <C, S, R> CommandHandler<C, S, R> around(CommandHandler<C, S, R> next) {
        return (command, metadata) -> {
            String span = span(metadata);
            try (var _ = MDC.putCloseable(KEY, span)) {
                return next.handle(command, metadata.withTrace(span));
            }
        };
    }

    private static String span(Metadata metadata) {
        Matcher caller = TRACE_PARENT.matcher(metadata.trace() == null ? "" : metadata.trace());
        return caller.matches()
                ? "00-%s-%s-%s".formatted(caller.group(1), random(8), caller.group(2))
                : "00-%s-%s-00".formatted(random(16), random(8));
    }

    private static String random(int bytes) {
        byte[] id = new byte[bytes];
        do {
            ThreadLocalRandom.current().nextBytes(id);
        } while (id[0] == 0); // an id of zeros alone is none
        return HexFormat.of().formatHex(id);
    }
}
