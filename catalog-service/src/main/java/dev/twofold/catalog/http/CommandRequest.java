package dev.twofold.catalog.http;

import dev.twofold.Metadata;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.core.MethodParameter;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.support.WebDataBinderFactory;
import org.springframework.web.context.request.NativeWebRequest;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.method.support.ModelAndViewContainer;

/// What the headers of a command say about it.
///
/// @param key null if it was sent without an `Idempotency-Key`
/// @param fingerprint what tells this request from others that may bear the same key
/// @param patience how long the caller waits for the document; zero for not at all
public record CommandRequest(
        Metadata metadata,
        @Nullable String key,
        String fingerprint,
        IfMatch ifMatch,
        Duration patience) {

    /// Reads a command's headers.
    static final class Resolver implements HandlerMethodArgumentResolver {
        private static final Pattern KEY = Pattern.compile("\"?([!#-~]{1,100})\"?");

        private final Callers callers;

        Resolver(Callers callers) {
            this.callers = callers;
        }

        @Override
        public boolean supportsParameter(MethodParameter parameter) {
            return parameter.getParameterType() == CommandRequest.class;
        }

        @Override
        public CommandRequest resolveArgument(
                MethodParameter parameter,
                @Nullable ModelAndViewContainer container,
                NativeWebRequest request,
                @Nullable WebDataBinderFactory binders) {
            HttpServletRequest http =
                    Objects.requireNonNull(request.getNativeRequest(HttpServletRequest.class));
            return new CommandRequest(
                    callers.metadata(request),
                    key(http),
                    RequestFingerprint.of(http),
                    IfMatch.of(Collections.list(http.getHeaders(HttpHeaders.IF_MATCH))),
                    Preferences.wait(request));
        }

        /// The key as it is kept: callers do not see one another's answers.
        private static @Nullable String key(HttpServletRequest http) {
            List<String> given = Collections.list(http.getHeaders(RequestFingerprint.KEY));
            if (given.isEmpty()) {
                return null;
            }
            var form = KEY.matcher(given.getFirst().strip());
            if (given.size() > 1 || !form.matches()) {
                throw Problem.of(
                                HttpStatus.BAD_REQUEST,
                                "invalid-header",
                                "the header %s has 1 to 100 visible characters without quotes in them, once"
                                        .formatted(RequestFingerprint.KEY))
                        .field(RequestFingerprint.KEY, given.getFirst());
            }
            return "http:%s:%s".formatted(Callers.caller(http), form.group(1));
        }
    }
}
