package dev.twofold.catalog.access;

import dev.twofold.catalog.http.Exposure;
import dev.twofold.catalog.http.Problem;
import dev.twofold.catalog.http.ProblemWriter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.web.filter.OncePerRequestFilter;

/// Keeps out what web sites elsewhere would have a reader's browser do.
///
/// A catalog that listens on loopback answers only to the names of loopback, so that no web site
/// reaches it by pointing a name of its own there. None takes writes from the pages of other sites,
/// but for those that it was told of.
final class RequestGuard extends OncePerRequestFilter implements Ordered {
    private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS");
    private static final Set<String> SAME_SITE = Set.of("same-origin", "none");
    private static final Pattern LOOPBACK =
            Pattern.compile("(localhost|127\\.0\\.0\\.1|\\[::1])(:[0-9]{1,5})?");

    private final boolean local;
    private final List<String> origins;

    /// The last that was found to be one of loopback: nearly all that come are the same.
    private volatile String known = "localhost";

    /// @param origins whose pages may write
    RequestGuard(Exposure exposure, List<String> origins) {
        this.local = !exposure.beyondLoopback();
        this.origins = List.copyOf(origins);
    }

    /// Before the security filters.
    @Override
    public int getOrder() {
        return Ordered.HIGHEST_PRECEDENCE + 100;
    }

    @Override
    protected void doFilterInternal(
            HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        Optional<Problem> problem = problem(request);
        if (problem.isEmpty()) {
            chain.doFilter(request, response);
        } else {
            ProblemWriter.write(problem.get(), response);
        }
    }

    /// Whether the catalog answers by a name, as the header `Host` has it.
    boolean knows(@Nullable String host) {
        if (!local || known.equals(host)) {
            return true;
        }
        if (host == null || !LOOPBACK.matcher(host.toLowerCase(Locale.ROOT)).matches()) {
            return false;
        }
        known = host;
        return true;
    }

    /// What to answer if the request is not to be let in.
    Optional<Problem> problem(HttpServletRequest request) {
        String host = Optional.ofNullable(request.getHeader(HttpHeaders.HOST)).orElse("");
        if (!knows(host)) {
            return Optional.of(
                    Problem.of(
                                    HttpStatus.MISDIRECTED_REQUEST,
                                    "unknown-host",
                                    "this catalog answers as localhost or 127.0.0.1 only; start it"
                                            + " with --address to have it answer by other names")
                            .field(HttpHeaders.HOST, host));
        }
        if (SAFE.contains(request.getMethod())) {
            return Optional.empty();
        }
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        String site = request.getHeader("Sec-Fetch-Site");
        if (origin != null && origins.contains(origin)) {
            return Optional.empty();
        }
        boolean foreign =
                (origin != null && !origin.equals(request.getScheme() + "://" + host))
                        || (site != null && !SAME_SITE.contains(site));
        return foreign
                ? Optional.of(
                        Problem.of(
                                        HttpStatus.FORBIDDEN,
                                        "cross-site-write",
                                        "pages of other sites cannot change the catalog")
                                .field(HttpHeaders.ORIGIN, origin))
                : Optional.empty();
    }
}
