package dev.twofold.catalog.http;

import dev.twofold.postgres.Projections;
import dev.twofold.postgres.TableAnswer;
import dev.twofold.postgres.WaitOutcome;
import dev.twofold.postgres.WaitOutcome.Reached;
import dev.twofold.postgres.WaitOutcome.Stalled;
import dev.twofold.postgres.WaitOutcome.TimedOut;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.LongFunction;

/// Answers queries of the tables that one projection keeps, as fresh as the caller asks for. Safe
/// for use by many threads.
public final class TableQuery {
    /// What it takes to find out how far a projection is, for callers who do not wait.
    private static final Duration SHORTEST = Duration.ofMillis(200);

    private final String projection;
    private final Projections projections;
    private final LogEpoch epoch;
    private final FreshAnswers answers;

    public TableQuery(
            String projection, Projections projections, LogEpoch epoch, CachePolicy caching) {
        this.projection = projection;
        this.projections = projections;
        this.epoch = epoch;
        this.answers = new FreshAnswers(epoch, caching);
    }

    /// What is shown of the answer to a query, once the tables are fresh enough.
    ///
    /// @param query of the position that the tables have to have the log up to
    /// @throws Problem if they are not
    public <T, S> Shown<S> answer(
            Freshness freshness, LongFunction<TableAnswer<T>> query, Function<? super T, S> shown) {
        TableAnswer<T> answer = query.apply(freshness.notBefore());
        if (answer instanceof TableAnswer.Behind<T>) {
            position(freshness);
            answer = query.apply(freshness.notBefore());
        }
        return switch (answer) {
            case TableAnswer.Read<T> read ->
                    answers.shown(freshness, read, shown.apply(read.content()));
            case TableAnswer.Behind<T>(var reached) -> throw StaleAnswer.behind(freshness, reached);
        };
    }

    /// How far the tables are, once they are fresh enough.
    ///
    /// @throws Problem if they are not, or if the log does not have what the token is for
    public long position(Freshness freshness) {
        epoch.headFor(freshness);
        return switch (await(freshness)) {
            case Reached(var position) -> position;
            case TimedOut(var position) -> throw StaleAnswer.behind(freshness, position);
            case Stalled stalled -> throw StaleAnswer.stalled(freshness, stalled);
        };
    }

    private WaitOutcome await(Freshness freshness) {
        Duration patience = freshness.patience();
        try {
            return projections.await(
                    projection,
                    freshness.notBefore(),
                    patience.compareTo(SHORTEST) < 0 ? SHORTEST : patience);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new TimedOut(0);
        }
    }
}
