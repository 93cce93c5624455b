package dev.twofold.catalog.http;

import java.time.Duration;
import java.util.List;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;

/// What caches between the catalog and its readers, such as a CDN, may do with answers to queries.
///
/// The answer depends on `Accept` and on the consistency token, so a cache keeps one for each: a
/// reader with a token gets no answer that was made for readers without. Whoever listens beyond
/// loopback and lets anyone read may let shared caches answer for a while by themselves; whoever
/// asks readers for a key may not, and answers depend on the key as well.
///
/// @param open whether anyone may read
/// @param shared how long shared caches answer without asking; browsers always ask
/// @param crossOrigin whether pages of some other sites may read answers, which depend on where
///   they are asked from then
public record CachePolicy(boolean open, Duration shared, boolean crossOrigin) {
    static final CachePolicy REVALIDATE = new CachePolicy(true, Duration.ZERO, false);

    /// What answers vary by where pages of other sites may read.
    static final List<String> CROSS_ORIGIN =
            List.of(
                    HttpHeaders.ORIGIN,
                    HttpHeaders.ACCESS_CONTROL_REQUEST_METHOD,
                    HttpHeaders.ACCESS_CONTROL_REQUEST_HEADERS);

    <B extends ResponseEntity.HeadersBuilder<B>> B apply(B answer) {
        return open
                ? answer.cacheControl(control()).varyBy(HttpHeaders.ACCEPT, ConsistencyToken.HEADER)
                : answer.cacheControl(control())
                        .varyBy(
                                HttpHeaders.ACCEPT,
                                ConsistencyToken.HEADER,
                                HttpHeaders.AUTHORIZATION);
    }

    private CacheControl control() {
        if (!open) {
            return CacheControl.noCache().cachePrivate();
        }
        return shared.isZero()
                ? CacheControl.noCache().cachePublic()
                : CacheControl.maxAge(Duration.ZERO).sMaxAge(shared).cachePublic();
    }
}
