package dev.twofold.catalog.http;

import dev.twofold.postgres.TableAnswer;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.springframework.http.ResponseEntity;

/// Answers queries of what changes together with the log, and so is never behind it.
///
/// Each query is a function of the position that its answer has to reflect.
public final class RowQuery {
    private final LogEpoch epoch;
    private final FreshAnswers answers;
    private final ToLongFunction<Freshness> standing;

    public RowQuery(LogEpoch epoch, CachePolicy caching) {
        this(epoch, caching, epoch::headFor);
    }

    /// @param standing up to which position the rows have the log at least, once they are as fresh
    ///   as is asked for; throws if they are not
    public RowQuery(LogEpoch epoch, CachePolicy caching, ToLongFunction<Freshness> standing) {
        this.epoch = epoch;
        this.answers = new FreshAnswers(epoch, caching);
        this.standing = standing;
    }

    /// One row with its version as entity tag.
    ///
    /// @throws Problem if the token is for a position that the log does not have, or that of
    ///   `missing` if there is no such row
    public <T> ResponseEntity<T> find(
            Freshness freshness,
            LongFunction<TableAnswer<Optional<T>>> query,
            Function<? super T, Long> version,
            Supplier<Problem> missing) {
        TableAnswer.Read<Optional<T>> read = read(freshness, query);
        T row = read.content().orElseThrow(missing);
        return answers.ok(freshness, read.reached())
                .eTag(EntityTag.ofRow(epoch.value(), version.apply(row)))
                .body(row);
    }

    /// What is shown of many rows.
    ///
    /// @throws Problem if the token is for a position that the log does not have
    public <T, S> Shown<S> list(
            Freshness freshness, LongFunction<TableAnswer<T>> query, Function<? super T, S> shown) {
        TableAnswer.Read<T> read = read(freshness, query);
        return shown(freshness, read, shown.apply(read.content()));
    }

    /// What is shown of an answer to a query.
    public <S> Shown<S> shown(Freshness freshness, TableAnswer.Read<?> read, S shown) {
        return answers.shown(freshness, read, shown);
    }

    /// What a query reads.
    ///
    /// @throws Problem if the token is for a position that the log does not have
    public <T> TableAnswer.Read<T> read(Freshness freshness, LongFunction<TableAnswer<T>> query) {
        if (query.apply(freshness.notBefore()) instanceof TableAnswer.Read<T> read) {
            return read;
        }
        long position = standing.applyAsLong(freshness);
        return switch (query.apply(freshness.notBefore())) {
            case TableAnswer.Read<T> read -> read;
            case TableAnswer.Behind<T> _ -> throw StaleAnswer.behind(freshness, position);
        };
    }
}
