package dev.twofold.catalog.http;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.web.filter.OncePerRequestFilter;
import tools.jackson.databind.json.JsonMapper;

/// Lets in only those who may.
///
/// A catalog that listens on loopback answers only to the names of loopback, so that no web site
/// reaches it by pointing a name of its own there. One that listens further takes writes, and tells
/// of its inside, only with the operator's key. Either takes no writes from the pages of other
/// sites.
final class RequestGuard extends OncePerRequestFilter {
    private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS");
    private static final Set<String> SAME_SITE = Set.of("same-origin", "none");
    private static final Pattern LOOPBACK =
            Pattern.compile("(localhost|127\\.0\\.0\\.1|\\[::1])(:[0-9]{1,5})?");

    private final @Nullable OperatorKey key;
    private final JsonMapper json;

    /// @param key null for a catalog that listens on loopback
    RequestGuard(@Nullable OperatorKey key, JsonMapper json) {
        this.key = key;
        this.json = json;
    }

    @Override
    protected void doFilterInternal(
            HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        Optional<Problem> problem = problem(request);
        if (problem.isEmpty()) {
            chain.doFilter(request, response);
        } else {
            ProblemWriter.write(problem.get(), response, json);
        }
    }

    private Optional<Problem> problem(HttpServletRequest request) {
        String host = Optional.ofNullable(request.getHeader(HttpHeaders.HOST)).orElse("");
        if (key == null && !LOOPBACK.matcher(host.toLowerCase(Locale.ROOT)).matches()) {
            return Optional.of(
                    Problem.of(
                                    HttpStatus.MISDIRECTED_REQUEST,
                                    "unknown-host",
                                    "this catalog answers as localhost or 127.0.0.1 only; start it"
                                            + " with --address to have it answer by other names")
                            .field(HttpHeaders.HOST, host));
        }
        if (SAFE.contains(request.getMethod())) {
            return isForOperators(request) && !opens(request)
                    ? Optional.of(keyRequired("this page"))
                    : Optional.empty();
        }
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        String site = request.getHeader("Sec-Fetch-Site");
        boolean foreign =
                (origin != null && !origin.equals(request.getScheme() + "://" + host))
                        || (site != null && !SAME_SITE.contains(site));
        if (foreign) {
            return Optional.of(
                    Problem.of(
                                    HttpStatus.FORBIDDEN,
                                    "cross-site-write",
                                    "pages of other sites cannot change the catalog")
                            .field(HttpHeaders.ORIGIN, origin));
        }
        if (!opens(request)) {
            return Optional.of(keyRequired("a change"));
        }
        return Optional.empty();
    }

    private boolean opens(HttpServletRequest request) {
        return key == null || key.opens(request.getHeader(HttpHeaders.AUTHORIZATION));
    }

    /// What tells of the catalog's inside. The path is as the server has decoded it.
    private static boolean isForOperators(HttpServletRequest request) {
        String path = request.getServletPath();
        return path.equals("/projections")
                || path.startsWith("/projections/")
                || path.startsWith("/actuator/prometheus");
    }

    private static Problem keyRequired(String what) {
        return Problem.of(
                        HttpStatus.UNAUTHORIZED,
                        "operator-key-required",
                        what + " needs the operator's key, as \"Authorization: Bearer KEY\"")
                .header(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
    }
}
