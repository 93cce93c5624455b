package dev.twofold.catalog.http;

import dev.twofold.postgres.TableAnswer;
import dev.twofold.postgres.TableReader;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.springframework.http.ResponseEntity;

/// Answers queries of rows that change together with the log, and so are never behind it, each from
/// one snapshot.
public final class RowQuery {
    private final TableReader reader;
    private final LogEpoch epoch;
    private final CachePolicy caching;
    private final ToLongFunction<Freshness> standing;

    public RowQuery(TableReader reader, LogEpoch epoch, CachePolicy caching) {
        this(reader, epoch, caching, epoch::headFor);
    }

    /// @param standing up to which position the rows have the log at least, once they are as fresh
    ///   as is asked for; throws if they are not
    public RowQuery(
            TableReader reader,
            LogEpoch epoch,
            CachePolicy caching,
            ToLongFunction<Freshness> standing) {
        this.reader = reader;
        this.epoch = epoch;
        this.caching = caching;
        this.standing = standing;
    }

    /// One row with its version as entity tag.
    ///
    /// @throws Problem if the token is for a position that the log does not have
    public <T, A> ResponseEntity<A> find(
            Freshness freshness,
            TableReader.Work<T> query,
            Function<? super T, Long> version,
            Function<? super T, A> answer) {
        TableAnswer.Read<T> row = read(freshness, query);
        return headers(freshness, row.reached())
                .eTag(EntityTag.ofVersion(version.apply(row.content())))
                .body(answer.apply(row.content()));
    }

    /// Many rows, with an entity tag of their content.
    ///
    /// @throws Problem if the token is for a position that the log does not have
    public <T> ResponseEntity<T> list(Freshness freshness, TableReader.Work<T> query) {
        TableAnswer.Read<T> rows = read(freshness, query);
        return headers(freshness, rows.reached())
                .eTag(EntityTag.ofContent(0, WebSettings.JSON.writeValueAsBytes(rows.content())))
                .body(rows.content());
    }

    private <T> TableAnswer.Read<T> read(Freshness freshness, TableReader.Work<T> query) {
        if (reader.read(freshness.notBefore(), query) instanceof TableAnswer.Read<T> read) {
            return read;
        }
        long position = standing.applyAsLong(freshness);
        return switch (reader.read(freshness.notBefore(), query)) {
            case TableAnswer.Read<T> read -> read;
            case TableAnswer.Behind<T> _ -> throw TableQuery.behind(freshness, position);
        };
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
