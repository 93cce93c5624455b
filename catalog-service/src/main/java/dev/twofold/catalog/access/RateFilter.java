package dev.twofold.catalog.access;

import dev.twofold.catalog.http.Problem;
import dev.twofold.catalog.http.ProblemWriter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.security.Principal;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.web.filter.OncePerRequestFilter;

/// Holds callers to their rate: by address before anyone knows who they are, by key after that.
///
/// A listing costs one for each hundred items it may have, a search five, an export a hundred. Who
/// shows a key that is not taken pays with the address, so that keys cannot be guessed at leisure.
final class RateFilter extends OncePerRequestFilter {
    private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS");
    private static final Pattern LIMIT = Pattern.compile("[0-9]{1,6}");
    private static final long EXPORT_COST = 100;

    /// A search is several statements: the page, the counts, the spelling.
    private static final long SEARCH_COST = 5;

    private static final int ITEMS_FOR_ONE = 100;

    private final RateLimits limits;
    private final boolean byAddress;

    private RateFilter(RateLimits limits, boolean byAddress) {
        this.limits = limits;
        this.byAddress = byAddress;
    }

    static RateFilter byAddress(RateLimits limits) {
        return new RateFilter(limits, true);
    }

    static RateFilter byKey(RateLimits limits) {
        return new RateFilter(limits, false);
    }

    /// The caller that a request without a key pays as.
    static String caller(String address) {
        return "address:" + address;
    }

    /// Two of these are in one chain.
    @Override
    protected String getAlreadyFilteredAttributeName() {
        return super.getAlreadyFilteredAttributeName() + byAddress;
    }

    @Override
    protected void doFilterInternal(
            HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        boolean write = !SAFE.contains(request.getMethod());
        boolean shows = request.getHeader(HttpHeaders.AUTHORIZATION) != null;
        String address = caller(request.getRemoteAddr());
        Principal principal = request.getUserPrincipal();
        Optional<Problem> problem;
        if (byAddress) {
            problem =
                    shows
                            ? limits.check(address, write, response::setHeader)
                            : limits.take(address, write, cost(request), response::setHeader);
        } else {
            problem =
                    principal == null
                            ? Optional.empty()
                            : limits.take(
                                    principal.getName(), write, cost(request), response::setHeader);
        }
        if (problem.isPresent()) {
            ProblemWriter.write(problem.get(), response);
            return;
        }
        chain.doFilter(request, response);
        if (byAddress && shows && response.getStatus() == HttpStatus.UNAUTHORIZED.value()) {
            limits.charge(address, write);
        }
    }

    private static long cost(HttpServletRequest request) {
        String path = Access.path(request);
        if (path.startsWith("/export/")) {
            return EXPORT_COST;
        }
        if (path.equals("/search")) {
            return SEARCH_COST;
        }
        String limit = request.getParameter("limit");
        return limit != null && LIMIT.matcher(limit).matches()
                ? 1 + Long.parseLong(limit) / (ITEMS_FOR_ONE + 1)
                : 1;
    }
}
