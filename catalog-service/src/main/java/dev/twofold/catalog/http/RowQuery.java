package dev.twofold.catalog.http;

import java.util.function.Function;
import java.util.function.Supplier;
import org.springframework.http.ResponseEntity;

/// Answers queries of rows that change together with the log, and so are never behind it.
public final class RowQuery {
    private final LogEpoch epoch;
    private final CachePolicy caching;

    public RowQuery(LogEpoch epoch, CachePolicy caching) {
        this.epoch = epoch;
        this.caching = caching;
    }

    /// One row with its version as entity tag.
    ///
    /// @throws Problem if the token is for a position that the log does not have
    public <T, A> ResponseEntity<A> find(
            Freshness freshness,
            Supplier<T> query,
            Function<? super T, Long> version,
            Function<? super T, A> answer) {
        long position = epoch.headFor(freshness); // before the row, which is at least as new then
        T row = query.get();
        return headers(freshness, position)
                .eTag(EntityTag.ofVersion(version.apply(row)))
                .body(answer.apply(row));
    }

    /// Many rows, with an entity tag of their content.
    ///
    /// @throws Problem if the token is for a position that the log does not have
    public <T> ResponseEntity<T> list(Freshness freshness, Supplier<T> query) {
        long position = epoch.headFor(freshness);
        T content = query.get();
        return headers(freshness, position)
                .eTag(EntityTag.ofContent(0, WebSettings.JSON.writeValueAsBytes(content)))
                .body(content);
    }

    private ResponseEntity.BodyBuilder headers(Freshness freshness, long position) {
        ResponseEntity.BodyBuilder answer =
                caching.apply(ResponseEntity.ok())
                        .header(ConsistencyToken.HEADER, epoch.token(position).toString());
        return freshness.waits()
                ? answer.header(Preferences.APPLIED, Preferences.applied(freshness.patience()))
                : answer;
    }
}
