package dev.twofold.catalog.access;

import dev.twofold.catalog.http.HotAnswer;
import dev.twofold.catalog.http.HotDocuments;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;

/// Answers out of memory what anyone may read, on the thread that has read the request, ahead of
/// servlets and their filters, which take several times as long as the answer.
///
/// Those of the filters that have a say in a plain read by nobody in particular are asked here, and
/// it is they that decide: [RequestGuard], [Access] and [RateLimits]. The answer has the headers
/// that it would have behind them, and is counted as it would be. Whoever shows a key or comes by
/// TLS, what asks for anything else, and what is not in memory, goes through all of them. Nothing
/// here waits. Safe for use by many threads.
final class PublicReads extends Handler.Wrapper {
    /// Headers of a request that needs more than a look: at a key, or at what it sends.
    private static final EnumSet<HttpHeader> LEFT =
            EnumSet.of(
                    HttpHeader.AUTHORIZATION,
                    HttpHeader.CONTENT_LENGTH,
                    HttpHeader.TRANSFER_ENCODING);

    private final HotDocuments documents;
    private final RequestGuard guard;
    private final Access access;
    private final RateLimits limits;
    private final Timer found;
    private final Timer unchanged;

    /// @param others answers what this does not
    PublicReads(
            HotDocuments documents,
            RequestGuard guard,
            Access access,
            RateLimits limits,
            MeterRegistry meters,
            Handler others) {
        super(others);
        this.documents = documents;
        this.guard = guard;
        this.access = access;
        this.limits = limits;
        this.found = timer(meters, HttpStatus.OK, "SUCCESS");
        this.unchanged = timer(meters, HttpStatus.NOT_MODIFIED, "REDIRECTION");
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

    /// @param fields of a request
    private record Headers(HttpFields fields) implements HotDocuments.Headers {
        @Override
        public @Nullable String first(String name) {
            return fields.get(name);
        }

        @Override
        public List<String> all(String name) {
            return fields.getValuesList(name);
        }
    }

    @Override
    public InvocationType getInvocationType() {
        return InvocationType.NON_BLOCKING;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        HotAnswer answer = answer(request, response);
        if (answer == null) {
            return super.handle(request, response, callback);
        }
        boolean whole = answer.status() == HttpStatus.OK.value();
        response.setStatus(answer.status());
        HttpFields.Mutable headers = response.getHeaders();
        add(SecurityHeaders.ALL, headers);
        add(answer.common(), headers);
        add(answer.own(), headers);
        response.write(true, answer.body(), callback);
        (whole ? found : unchanged)
                .record(System.nanoTime() - request.getBeginNanoTime(), TimeUnit.NANOSECONDS);
        return true;
    }

    private @Nullable HotAnswer answer(Request request, Response response) {
        HttpURI uri = request.getHttpURI();
        String path = uri.getPath();
        String key = path == null ? null : documents.key(request.getMethod(), path, uri.getQuery());
        HttpFields headers = request.getHeaders();
        if (key == null
                || request.isSecure() // which has one more header
                || headers.contains(LEFT)
                || !access.allows(request.getMethod(), path, null)
                || !guard.knows(headers.get(HttpHeader.HOST))) {
            return null;
        }
        HotAnswer answer = documents.peek(key, new Headers(headers));
        return answer != null && pays(request, response) ? answer : null;
    }

    private boolean pays(Request request, Response response) {
        return !limits.holdReads()
                || limits.take(
                                RateFilter.caller(Request.getRemoteAddr(request)),
                                false,
                                1,
                                response.getHeaders()::put)
                        .isEmpty();
    }

    private static void add(List<HttpField> fields, HttpFields.Mutable headers) {
        for (int i = 0; i < fields.size(); i++) {
            headers.add(fields.get(i));
        }
    }
}
