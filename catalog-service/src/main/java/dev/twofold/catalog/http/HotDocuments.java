package dev.twofold.catalog.http;

import dev.twofold.postgres.Seen;
import dev.twofold.redis.Answer;
import dev.twofold.redis.DocumentCache;
import dev.twofold.redis.Payload;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.context.request.ServletWebRequest;
import org.springframework.web.filter.ServerHttpObservationFilter;

/// Answers queries for single documents of a view out of the cache, before Spring MVC looks for an
/// endpoint.
///
/// The answer is the one that the endpoint would give. What the cache cannot answer, or what asks
/// for anything out of the ordinary, goes on to the endpoint.
public final class HotDocuments {
    private static final Logger LOG = LoggerFactory.getLogger(HotDocuments.class);
    private static final int LONGEST_KEY = 128;

    /// Headers that the endpoint may heed, and that this leaves to it.
    private static final List<String> LEFT =
            List.of(
                    HttpHeaders.IF_MATCH,
                    HttpHeaders.IF_MODIFIED_SINCE,
                    HttpHeaders.IF_UNMODIFIED_SINCE,
                    HttpHeaders.RANGE,
                    HttpHeaders.ORIGIN);

    private final String path;
    private final String what;
    private final DocumentCache cache;
    private final Seen seen;
    private final LogEpoch epoch;
    private final List<Map.Entry<String, String>> headers;
    private final String vary;
    private final String varyByCoding;
    private final String varyOfMissing;
    private final String pattern;
    private volatile Token token = new Token(-1, "");

    /// @param text of the consistency token for a position
    private record Token(long position, String text) {}

    /// @param path that the key comes behind, such as `/products/`
    /// @param what the documents are about, such as `product`
    /// @param seen what this node has answered of the view, by the cache or not
    public HotDocuments(
            String path,
            String what,
            DocumentCache cache,
            Seen seen,
            LogEpoch epoch,
            CachePolicy policy) {
        this.path = path;
        this.what = what;
        this.cache = cache;
        this.seen = seen;
        this.epoch = epoch;
        HttpHeaders all = policy.apply(ResponseEntity.ok()).build().getHeaders();
        List<String> varying = new ArrayList<>(all.getVary());
        if (policy.crossOrigin()) {
            varying.addAll(CachePolicy.CROSS_ORIGIN);
        }
        this.vary = String.join(", ", varying);
        this.varyOfMissing =
                policy.crossOrigin() ? String.join(", ", CachePolicy.CROSS_ORIGIN) : "";
        this.varyByCoding = vary + ", " + HttpHeaders.ACCEPT_ENCODING;
        this.pattern = path + "{id}";
        this.headers =
                all.headerSet().stream()
                        .filter(header -> !header.getKey().equalsIgnoreCase(HttpHeaders.VARY))
                        .map(header -> Map.entry(header.getKey(), header.getValue().getFirst()))
                        .toList();
    }

    /// What is in front of the keys of its documents.
    public String path() {
        return path;
    }

    /// How the endpoint's path is counted.
    public String pattern() {
        return pattern;
    }

    /// Answers the request if the cache can; whether it has.
    boolean answer(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String key = key(request);
        return key != null && answer(key, request, response);
    }

    /// Answers a request for the document with the key if the cache can; whether it has.
    public boolean answer(String key, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        if (!acceptsJson(request) || asksForMore(request)) {
            return false;
        }
        Freshness freshness = freshness(request);
        Answer answer =
                freshness == null
                        ? null
                        : find(key, Math.max(freshness.notBefore(), seen.position()));
        if (freshness == null
                || answer == null
                || seen.isPast(answer.generation(), answer.reflects())) {
            return false;
        }
        Coding coding = Coding.of(request.getHeader(HttpHeaders.ACCEPT_ENCODING));
        if (coding == Coding.UNUSUAL) {
            return false;
        }
        seen.answered(answer.generation(), answer.reflects());
        ServerHttpObservationFilter.findObservationContext(request)
                .ifPresent(context -> context.setPathPattern(pattern));
        Payload document = answer.document();
        if (document == null) {
            if (!varyOfMissing.isEmpty()) {
                response.setHeader(HttpHeaders.VARY, varyOfMissing);
            }
            Problem missing = ViewQuery.missing(what, key, freshness, answer.reflects());
            missing.detail().setInstance(URI.create(request.getRequestURI()));
            ProblemWriter.write(missing, response);
            response.flushBuffer(); // as the endpoint does, so that it is coded in the same way
        } else {
            write(request, response, freshness, answer.reflects(), document, coding);
        }
        return true;
    }

    /// The key of the document that is asked for in the plainest way; null if none is. The
    /// request's path is then what any decoding of it comes to.
    public @Nullable String key(HttpServletRequest request) {
        String uri = request.getRequestURI();
        if (!request.getMethod().equals("GET")
                || request.getQueryString() != null
                || !uri.startsWith(path)
                || uri.length() == path.length()
                || uri.length() > path.length() + LONGEST_KEY) {
            return null;
        }
        for (int i = path.length(); i < uri.length(); i++) {
            char c = uri.charAt(i);
            boolean plain =
                    (c >= 'a' && c <= 'z')
                            || (c >= '0' && c <= '9')
                            || (c >= 'A' && c <= 'Z')
                            || c == '-'
                            || c == '_';
            if (!plain) {
                return null;
            }
        }
        return uri.substring(path.length());
    }

    private static boolean acceptsJson(HttpServletRequest request) {
        Enumeration<String> accept = request.getHeaders(HttpHeaders.ACCEPT);
        if (!accept.hasMoreElements()) {
            return true;
        }
        String first = accept.nextElement();
        return !accept.hasMoreElements()
                && (first.equals(MediaType.ALL_VALUE)
                        || first.equals(MediaType.APPLICATION_JSON_VALUE));
    }

    private static boolean asksForMore(HttpServletRequest request) {
        for (String header : LEFT) {
            if (request.getHeader(header) != null) {
                return true;
            }
        }
        return false;
    }

    /// Null if the token is none that the endpoint would take.
    private @Nullable Freshness freshness(HttpServletRequest request) {
        String text = request.getHeader(ConsistencyToken.HEADER);
        try {
            return text == null
                    ? Freshness.ANY
                    : new Freshness(
                            ConsistencyToken.parse(text, epoch.value()),
                            Preferences.wait(Collections.list(request.getHeaders("Prefer"))));
        } catch (Problem _) {
            return null;
        }
    }

    private @Nullable Answer find(String key, long notOlderThan) {
        try {
            return cache.get(key, notOlderThan);
        } catch (RuntimeException e) {
            LOG.debug("the cache has no answer for {} \"{}\"", what, key, e);
            return null; // the endpoint says why
        }
    }

    private void write(
            HttpServletRequest request,
            HttpServletResponse response,
            Freshness freshness,
            long reflects,
            Payload document,
            Coding coding)
            throws IOException {
        boolean unchanged =
                request.getHeader(HttpHeaders.IF_NONE_MATCH) != null
                        && new ServletWebRequest(request, response)
                                .checkNotModified(document.tag());
        for (int i = 0; i < headers.size(); i++) {
            response.setHeader(headers.get(i).getKey(), headers.get(i).getValue());
        }
        response.setHeader(ConsistencyToken.HEADER, token(reflects));
        response.setHeader(HttpHeaders.ETAG, document.tag());
        if (freshness.waits()) {
            response.setHeader(Preferences.APPLIED, Preferences.applied(freshness.patience()));
        }
        boolean coded = document.gzipLength() > 0;
        response.setHeader(HttpHeaders.VARY, coded && !unchanged ? varyByCoding : vary);
        if (unchanged) {
            return;
        }
        response.setContentType(MediaType.APPLICATION_JSON_VALUE);
        if (coded && coding == Coding.GZIP) {
            response.setHeader(HttpHeaders.CONTENT_ENCODING, "gzip");
            response.setContentLength(document.gzipLength());
            document.writeGzipTo(response.getOutputStream());
        } else {
            response.setContentLength(document.length());
            document.writeTo(response.getOutputStream());
        }
    }

    private String token(long position) {
        Token last = token;
        if (last.position != position) {
            last = new Token(position, epoch.token(position).toString());
            token = last;
        }
        return last.text;
    }

    /// How the answer may be coded.
    private enum Coding {
        NONE,
        GZIP,
        UNUSUAL;

        static Coding of(@Nullable String accepted) {
            if (accepted == null) {
                return NONE;
            }
            if (accepted.indexOf(';') >= 0 || accepted.indexOf('*') >= 0) {
                return UNUSUAL;
            }
            return accepted.contains("gzip") ? GZIP : NONE;
        }
    }
}
