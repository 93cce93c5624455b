package dev.twofold.catalog.access;

import dev.twofold.catalog.http.HotDocuments;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;

/// Answers out of the cache what anyone may read, ahead of all other filters, which take several
/// times as long as the answer.
///
/// Those of them that have a say in a plain read by nobody in particular are asked here, and it is
/// they that decide: [RequestGuard], [Access] and [RateLimits]. The answer has the headers that it
/// would have behind them, and is counted as it would be. Whoever shows a key or comes by TLS, what
/// asks for anything else, and what the cache cannot answer, goes through all of them. Safe for use
/// by many threads.
final class PublicReads implements Filter {
    private final HotDocuments documents;
    private final RequestGuard guard;
    private final Access access;
    private final RateLimits limits;
    private final SecurityHeaders headers;
    private final Timer found;
    private final Timer unchanged;
    private final Timer missing;

    PublicReads(
            HotDocuments documents,
            RequestGuard guard,
            Access access,
            RateLimits limits,
            SecurityHeaders headers,
            MeterRegistry meters) {
        this.documents = documents;
        this.guard = guard;
        this.access = access;
        this.limits = limits;
        this.headers = headers;
        this.found = timer(meters, HttpStatus.OK, "SUCCESS");
        this.unchanged = timer(meters, HttpStatus.NOT_MODIFIED, "REDIRECTION");
        this.missing = timer(meters, HttpStatus.NOT_FOUND, "CLIENT_ERROR");
    }

    /// The one that requests which go through all filters are counted by.
    private Timer timer(MeterRegistry meters, HttpStatus status, String outcome) {
        return Timer.builder("http.server.requests")
                .tag("error", "none")
                .tag("exception", "none")
                .tag("method", "GET")
                .tag("outcome", outcome)
                .tag("status", Integer.toString(status.value()))
                .tag("uri", documents.pattern())
                .register(meters);
    }

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (!(request instanceof HttpServletRequest asked
                && response instanceof HttpServletResponse answer
                && isAnswered(asked, answer))) {
            chain.doFilter(request, response);
        }
    }

    private boolean isAnswered(HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        long begin = System.nanoTime();
        String key = documents.key(request);
        if (key == null
                || request.isSecure() // which has one more header
                || request.getHeader(HttpHeaders.AUTHORIZATION) != null
                || !access.allows(request.getMethod(), request.getRequestURI(), null)
                || guard.problem(request).isPresent()
                || !RateFilter.pays(request, response, limits)) {
            return false;
        }
        headers.writeHeaders(request, response);
        if (!documents.answer(key, request, response)) {
            return false;
        }
        timer(response.getStatus()).record(System.nanoTime() - begin, TimeUnit.NANOSECONDS);
        return true;
    }

    private Timer timer(int status) {
        return switch (status) {
            case HttpServletResponse.SC_OK -> found;
            case HttpServletResponse.SC_NOT_MODIFIED -> unchanged;
            default -> missing;
        };
    }
}
