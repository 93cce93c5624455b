package dev.twofold.catalog.http;

import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;

/// An answer that says what is wrong, in the form of RFC 9457.
///
/// Thrown or returned; either way the caller gets it as `application/problem+json`. Its `type` is
/// `urn:twofold:problem:` and a name that stays the same from release to release. Not safe for use
/// by many threads.
public final class Problem extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private static final int LONGEST_VALUE = 200;

    private final transient ProblemDetail detail;
    private final transient HttpHeaders headers = new HttpHeaders();

    private Problem(ProblemDetail detail) {
        super(detail.getDetail(), null, false, false);
        this.detail = detail;
        headers.setCacheControl(CacheControl.noStore());
    }

    /// @param type a name in lower case with hyphens, such as `sku-taken`
    /// @param text what is wrong and what would be right
    public static Problem of(HttpStatus status, String type, String text) {
        ProblemDetail detail = ProblemDetail.forStatusAndDetail(status, text);
        detail.setType(URI.create("urn:twofold:problem:" + type));
        detail.setTitle(title(type));
        return new Problem(detail);
    }

    /// A problem that was told before.
    static Problem of(ProblemDetail detail) {
        return new Problem(detail);
    }

    /// Names the field at fault and what it held.
    public Problem field(String name, @Nullable Object value) {
        return with("field", name).with("value", value == null ? null : shown(value));
    }

    public Problem with(String name, @Nullable Object value) {
        detail.setProperty(name, value);
        return this;
    }

    public Problem header(String name, String value) {
        headers.set(name, value);
        return this;
    }

    /// When it is worth trying again, as header and as field, in full seconds.
    public Problem retryAfter(Duration time) {
        long seconds = Math.max(1, time.plusMillis(999).toSeconds());
        return header(HttpHeaders.RETRY_AFTER, Long.toString(seconds)).with("retryAfter", seconds);
    }

    public ProblemDetail detail() {
        return detail;
    }

    public ResponseEntity<ProblemDetail> answer() {
        return ResponseEntity.status(detail.getStatus())
                .headers(headers)
                .contentType(MediaType.APPLICATION_PROBLEM_JSON)
                .body(detail);
    }

    HttpHeaders headers() {
        return headers;
    }

    private static Object shown(Object value) {
        if (value instanceof Number || value instanceof Boolean) {
            return value;
        }
        String text = value.toString();
        return text.length() <= LONGEST_VALUE ? text : text.substring(0, LONGEST_VALUE) + "…";
    }

    private static String title(String type) {
        String words = type.replace('-', ' ').replace("sku", "SKU").replace("json", "JSON");
        return Character.toUpperCase(words.charAt(0)) + words.substring(1);
    }
}
