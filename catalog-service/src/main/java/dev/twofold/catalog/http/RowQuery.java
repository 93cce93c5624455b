package dev.twofold.catalog.http;

import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.springframework.http.ResponseEntity;

/// Answers queries of rows that change together with the log, and so are never behind it; or, on a
/// node that has no log, together with a checkpoint.
public final class RowQuery {
    private final LogEpoch epoch;
    private final CachePolicy caching;
    private final ToLongFunction<Freshness> standing;

    public RowQuery(LogEpoch epoch, CachePolicy caching) {
        this(epoch, caching, epoch::headFor);
    }

    /// @param standing up to which position the rows have the log at least, once they are as fresh
    ///   as is asked for; throws if they are not
    public RowQuery(LogEpoch epoch, CachePolicy caching, ToLongFunction<Freshness> standing) {
        this.epoch = epoch;
        this.caching = caching;
        this.standing = standing;
    }

    /// One row with its version as entity tag.
    ///
    /// @throws Problem if the token is for a position that the log, or the rows, do not have
    public <T, A> ResponseEntity<A> find(
            Freshness freshness,
            Supplier<T> query,
            Function<? super T, Long> version,
            Function<? super T, A> answer) {
        long position =
                standing.applyAsLong(freshness); // before the row, which is at least as new then
        T row = query.get();
        return headers(freshness, position)
                .eTag(EntityTag.ofVersion(version.apply(row)))
                .body(answer.apply(row));
    }

    /// Many rows, with an entity tag of their content.
    ///
    /// @throws Problem if the token is for a position that the log, or the rows, do not have
    public <T> ResponseEntity<T> list(Freshness freshness, Supplier<T> query) {
        long position = standing.applyAsLong(freshness);
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
