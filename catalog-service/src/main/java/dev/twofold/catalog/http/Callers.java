package dev.twofold.catalog.http;

import dev.twofold.Metadata;
import jakarta.servlet.http.HttpServletRequest;
import java.security.Principal;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.core.MethodParameter;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.support.WebDataBinderFactory;
import org.springframework.web.context.request.NativeWebRequest;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.method.support.ModelAndViewContainer;

/// Gives endpoints what the headers tell of a request: `X-Correlation-Id` (made up if it is
/// missing), `X-Causation-Id`, `X-Actor` and `traceparent`.
final class Callers implements HandlerMethodArgumentResolver {
    private static final String NOBODY = "anyone";

    @Override
    public boolean supportsParameter(MethodParameter parameter) {
        return parameter.getParameterType() == Metadata.class;
    }

    @Override
    public Metadata resolveArgument(
            MethodParameter parameter,
            @Nullable ModelAndViewContainer container,
            NativeWebRequest request,
            @Nullable WebDataBinderFactory binders) {
        return metadata(request);
    }

    /// Who sent a request, as far as that is known for certain.
    static String caller(HttpServletRequest request) {
        Principal principal = request.getUserPrincipal();
        return principal == null ? NOBODY : principal.getName();
    }

    Metadata metadata(NativeWebRequest request) {
        String correlation = header(request, "X-Correlation-Id");
        return new Metadata(
                correlation == null ? UUID.randomUUID().toString() : correlation,
                header(request, "X-Causation-Id"),
                header(request, "X-Actor"),
                header(request, "traceparent"));
    }

    private static @Nullable String header(NativeWebRequest request, String name) {
        String value = request.getHeader(name);
        try {
            new Metadata(value, null, null, null);
            return value;
        } catch (IllegalArgumentException _) {
            throw Problem.of(
                            HttpStatus.BAD_REQUEST,
                            "invalid-header",
                            "the header %s has 1 to 255 visible characters".formatted(name))
                    .field(name, value);
        }
    }
}
