package dev.twofold.catalog.http;

import dev.twofold.postgres.Seen;
import dev.twofold.redis.Answer;
import dev.twofold.redis.DocumentCache;
import dev.twofold.redis.Payload;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.ETag;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;

/// Answers queries for single documents of a view out of the cache, before Spring MVC looks for an
/// endpoint.
///
/// The answer is the one that the endpoint would give. What the cache cannot answer, or what asks
/// for anything out of the ordinary, is left to the endpoint. Safe for use by many threads.
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

    private static final HttpField JSON =
            new PreEncodedHttpField(HttpHeaders.CONTENT_TYPE, MediaType.APPLICATION_JSON_VALUE);

    private static final HttpField PROBLEM =
            new PreEncodedHttpField(
                    HttpHeaders.CONTENT_TYPE, MediaType.APPLICATION_PROBLEM_JSON_VALUE);

    private static final HttpField GZIP =
            new PreEncodedHttpField(HttpHeaders.CONTENT_ENCODING, "gzip");

    private final String path;
    private final String what;
    private final DocumentCache cache;
    private final Seen seen;
    private final LogEpoch epoch;
    private final String pattern;
    private final List<HttpField> found;
    private final List<HttpField> unchanged;
    private final List<HttpField> missing;
    private volatile Token token = new Token(-1, new HttpField(ConsistencyToken.HEADER, ""));

    /// @param field of the consistency token for a position
    private record Token(long position, HttpField field) {}

    /// The headers of a request.
    public interface Headers {
        /// The value of the first header of a name.
        @Nullable String first(String name);

        /// The values of all headers of a name, in their order.
        List<String> all(String name);
    }

    /// Where documents are looked for.
    private interface Lookup {
        @Nullable Answer find(String key, long notOlderThan);
    }

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
        this.pattern = path + "{id}";
        HttpHeaders all = policy.apply(ResponseEntity.ok()).build().getHeaders();
        List<String> varying = new ArrayList<>(all.getVary());
        if (policy.crossOrigin()) {
            varying.addAll(CachePolicy.CROSS_ORIGIN);
        }
        varying.add(HttpHeaders.ACCEPT_ENCODING);
        List<HttpField> rules =
                all.headerSet().stream()
                        .filter(header -> !header.getKey().equalsIgnoreCase(HttpHeaders.VARY))
                        .<HttpField>map(
                                header ->
                                        new PreEncodedHttpField(
                                                header.getKey(), header.getValue().getFirst()))
                        .toList();
        this.unchanged = and(rules, vary(varying));
        this.found = and(unchanged, JSON);
        this.missing =
                policy.crossOrigin()
                        ? List.of(
                                PROBLEM,
                                vary(
                                        Stream.concat(
                                                        CachePolicy.CROSS_ORIGIN.stream(),
                                                        Stream.of(HttpHeaders.ACCEPT_ENCODING))
                                                .toList()))
                        : List.of(PROBLEM);
    }

    private static HttpField vary(List<String> names) {
        return new PreEncodedHttpField(HttpHeaders.VARY, String.join(", ", names));
    }

    private static List<HttpField> and(List<HttpField> fields, HttpField... more) {
        List<HttpField> all = new ArrayList<>(fields);
        all.addAll(List.of(more));
        return List.copyOf(all);
    }

    /// How the endpoint's path is counted.
    public String pattern() {
        return pattern;
    }

    /// The key of the document that is asked for in the plainest way; null if none is. The
    /// request's path is then what any decoding of it comes to.
    ///
    /// @param uri the path as it was sent
    public @Nullable String key(String method, String uri, @Nullable String query) {
        if (!method.equals("GET")
                || query != null
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

    /// The answer to a request for the document with the key, if the cache has one.
    @Nullable HotAnswer find(String key, Headers headers) {
        return answer(key, headers, cache::get);
    }

    /// The same, if this process's memory has the document. Never waits for anything.
    public @Nullable HotAnswer peek(String key, Headers headers) {
        return answer(key, headers, this::kept);
    }

    /// Not what is known to be missing: that answer is compressed where it is sent, if at all.
    private @Nullable Answer kept(String key, long notOlderThan) {
        Answer answer = cache.peek(key, notOlderThan);
        return answer == null || answer.document() == null ? null : answer;
    }

    private @Nullable HotAnswer answer(String key, Headers headers, Lookup lookup) {
        Coding coding = Coding.of(headers.first(HttpHeaders.ACCEPT_ENCODING));
        if (coding == Coding.UNUSUAL || !acceptsJson(headers) || asksForMore(headers)) {
            return null;
        }
        Freshness freshness = freshness(headers);
        if (freshness == null) {
            return null;
        }
        Answer answer = find(lookup, key, Math.max(freshness.notBefore(), seen.position()));
        if (answer == null || seen.isPast(answer.generation(), answer.reflects())) {
            return null;
        }
        seen.answered(answer.generation(), answer.reflects());
        Payload document = answer.document();
        return document == null
                ? missing(key, freshness, answer.reflects())
                : answer(headers, freshness, answer.reflects(), document, coding);
    }

    private static boolean acceptsJson(Headers headers) {
        List<String> accept = headers.all(HttpHeaders.ACCEPT);
        return accept.isEmpty()
                || (accept.size() == 1
                        && (accept.getFirst().equals(MediaType.ALL_VALUE)
                                || accept.getFirst().equals(MediaType.APPLICATION_JSON_VALUE)));
    }

    private static boolean asksForMore(Headers headers) {
        for (int i = 0; i < LEFT.size(); i++) {
            if (headers.first(LEFT.get(i)) != null) {
                return true;
            }
        }
        return false;
    }

    /// Null if the token is none that the endpoint would take.
    private @Nullable Freshness freshness(Headers headers) {
        String text = headers.first(ConsistencyToken.HEADER);
        try {
            return text == null
                    ? Freshness.ANY
                    : new Freshness(
                            ConsistencyToken.parse(text, epoch.value()),
                            Preferences.wait(headers.all("Prefer")));
        } catch (Problem _) {
            return null;
        }
    }

    private @Nullable Answer find(Lookup lookup, String key, long notOlderThan) {
        try {
            return lookup.find(key, notOlderThan);
        } catch (RuntimeException e) {
            LOG.debug("the cache has no answer for {} \"{}\"", what, key, e);
            return null; // the endpoint says why
        }
    }

    private HotAnswer missing(String key, Freshness freshness, long reflects) {
        Problem problem = ViewQuery.missing(what, key, freshness, reflects);
        problem.detail().setInstance(URI.create(path + key));
        return new HotAnswer(
                problem.detail().getStatus(),
                missing,
                problem.headers().headerSet().stream()
                        .map(header -> new HttpField(header.getKey(), header.getValue().getFirst()))
                        .toList(),
                ByteBuffer.wrap(WebSettings.JSON.writeValueAsBytes(problem.detail())));
    }

    private HotAnswer answer(
            Headers headers, Freshness freshness, long reflects, Payload document, Coding coding) {
        List<HttpField> own = new ArrayList<>(4);
        own.add(token(reflects));
        own.add(new HttpField(HttpHeaders.ETAG, document.tag()));
        if (freshness.waits()) {
            own.add(new HttpField(Preferences.APPLIED, Preferences.applied(freshness.patience())));
        }
        if (isKnown(document.tag(), headers.all(HttpHeaders.IF_NONE_MATCH))) {
            return new HotAnswer(HttpStatus.NOT_MODIFIED.value(), unchanged, own, null);
        }
        boolean coded = document.gzipLength() > 0 && coding == Coding.GZIP;
        if (coded) {
            own.add(GZIP);
        }
        return new HotAnswer(
                HttpStatus.OK.value(), found, own, coded ? document.gzip() : document.bytes());
    }

    /// Whether the caller has the document with the tag already.
    private static boolean isKnown(String tag, List<String> known) {
        if (known.isEmpty()) {
            return false;
        }
        ETag present = ETag.create(tag);
        return known.stream()
                .flatMap(tags -> ETag.parse(tags).stream())
                .anyMatch(one -> one.compare(present, false));
    }

    private HttpField token(long position) {
        Token last = token;
        if (last.position != position) {
            last =
                    new Token(
                            position,
                            new PreEncodedHttpField(
                                    ConsistencyToken.HEADER, epoch.token(position).toString()));
            token = last;
        }
        return last.field;
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
