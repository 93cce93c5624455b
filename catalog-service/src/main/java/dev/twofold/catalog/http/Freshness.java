package dev.twofold.catalog.http;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.core.MethodParameter;
import org.springframework.web.bind.support.WebDataBinderFactory;
import org.springframework.web.context.request.NativeWebRequest;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.method.support.ModelAndViewContainer;

/// How fresh an answer must be, and how long the caller waits for it.
///
/// @param token null if the caller takes what there is
/// @param patience of `Prefer: wait=N` (RFC 7240), at most 30 seconds; zero without
public record Freshness(@Nullable ConsistencyToken token, Duration patience) {
    static final Freshness ANY = new Freshness(null, Duration.ZERO);

    /// The position below which an answer is too old.
    public long notBefore() {
        return token == null ? 0 : token.position();
    }

    /// Whether the caller both named a write and is willing to wait for it.
    boolean waits() {
        return token != null && patience.isPositive();
    }

    /// Tells a caller who has waited how long that was at most.
    Problem applied(Problem problem) {
        return waits()
                ? problem.header(Preferences.APPLIED, Preferences.applied(patience))
                : problem;
    }

    /// Reads what the headers ask for.
    static final class Resolver implements HandlerMethodArgumentResolver {
        private final LogEpoch epoch;

        Resolver(LogEpoch epoch) {
            this.epoch = epoch;
        }

        @Override
        public boolean supportsParameter(MethodParameter parameter) {
            return parameter.getParameterType() == Freshness.class;
        }

        @Override
        public Freshness resolveArgument(
                MethodParameter parameter,
                @Nullable ModelAndViewContainer container,
                NativeWebRequest request,
                @Nullable WebDataBinderFactory binders) {
            String token = request.getHeader(ConsistencyToken.HEADER);
            return new Freshness(
                    token == null ? null : ConsistencyToken.parse(token, epoch.value()),
                    Preferences.wait(request));
        }
    }
}
