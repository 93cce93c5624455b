package dev.twofold.catalog.access;

import dev.twofold.catalog.http.Exposure;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.security.authentication.AnonymousAuthenticationToken;
import org.springframework.security.authorization.AuthorizationDecision;
import org.springframework.security.authorization.AuthorizationManager;
import org.springframework.security.core.Authentication;
import org.springframework.security.web.access.intercept.RequestAuthorizationContext;

/// The one rule of who may do what: the scope that a request needs, and whether its caller has it.
///
/// Asked by the security filters before anything else sees a request, so it holds for whatever
/// answers behind them, endpoints and filters alike. Whoever calls from the machine itself, to a
/// catalog that listens on loopback only and lets anyone read, needs no key; one who shows a key is
/// held to its scope.
final class Access implements AuthorizationManager<RequestAuthorizationContext> {
    private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS");
    private static final Set<String> OPERATORS = Set.of("actuator", "projections", "webhooks");
    private static final String PREFIX = "SCOPE_";

    private final boolean local;
    private final boolean publicRead;

    Access(Exposure exposure, AccessSettings settings) {
        this.local = !exposure.beyondLoopback();
        this.publicRead = settings.publicRead();
    }

    @Override
    public AuthorizationDecision authorize(
            Supplier<? extends @Nullable Authentication> authentication,
            RequestAuthorizationContext context) {
        HttpServletRequest request = context.getRequest();
        return new AuthorizationDecision(
                allows(request.getMethod(), path(request), authentication.get()));
    }

    /// The path as endpoints see it: decoded, so that no other way of writing it gets past.
    static String path(HttpServletRequest request) {
        String rest = request.getPathInfo();
        return rest == null ? request.getServletPath() : request.getServletPath() + rest;
    }

    boolean allows(String method, String path, @Nullable Authentication caller) {
        Optional<Scope> needed = needed(method, path);
        if (needed.isEmpty()) {
            return true;
        }
        if (caller == null || caller instanceof AnonymousAuthenticationToken) {
            return local && publicRead;
        }
        return held(caller).anyMatch(scope -> scope.includes(needed.get()));
    }

    /// What a request needs; empty if nothing.
    private Optional<Scope> needed(String method, String path) {
        if (path.equals("/actuator/health") || path.startsWith("/actuator/health/")) {
            return Optional.empty();
        }
        int end = path.indexOf('/', 1);
        String first = path.substring(Math.min(1, path.length()), end < 0 ? path.length() : end);
        if (OPERATORS.contains(first)) {
            return Optional.of(Scope.OPERATOR);
        }
        if (SAFE.contains(method)) {
            return publicRead ? Optional.empty() : Optional.of(Scope.READER);
        }
        return Optional.of(Scope.EDITOR);
    }

    private static Stream<Scope> held(Authentication caller) {
        return caller.getAuthorities().stream()
                .map(authority -> authority.getAuthority())
                .filter(authority -> authority != null && authority.startsWith(PREFIX))
                .flatMap(authority -> Scope.of(authority.substring(PREFIX.length())).stream());
    }

    static String authority(Scope scope) {
        return PREFIX + scope.label();
    }
}
