package dev.twofold.catalog.http;

import dev.twofold.postgres.Projections;
import dev.twofold.postgres.TableAnswer;
import dev.twofold.postgres.ViewAnswer;
import dev.twofold.postgres.ViewAnswer.Behind;
import dev.twofold.postgres.ViewAnswer.Found;
import dev.twofold.postgres.ViewAnswer.Missing;
import dev.twofold.postgres.ViewReader;
import dev.twofold.postgres.WaitOutcome;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;

/// Answers queries of one view as fresh as the caller asks for.
///
/// A query over many documents is a function of the position that the view has to have taken in. It
/// is asked once, and again if it was behind and the caller has waited.
///
/// @param <D> documents of the view
public final class ViewQuery<D> {
    private static final Duration PROCESSING = Duration.ofSeconds(1);

    private final String view;
    private final ViewReader<D> reader;
    private final Projections projections;
    private final LogEpoch epoch;
    private final CachePolicy caching;
    private final FreshAnswers answers;
    private final @Nullable ToLongFunction<D> version;

    /// @param view the view's name
    public ViewQuery(String view, ViewReader<D> reader, Projections projections, LogEpoch epoch) {
        this(view, reader, projections, epoch, CachePolicy.REVALIDATE, null);
    }

    private ViewQuery(
            String view,
            ViewReader<D> reader,
            Projections projections,
            LogEpoch epoch,
            CachePolicy caching,
            @Nullable ToLongFunction<D> version) {
        this.view = view;
        this.reader = reader;
        this.projections = projections;
        this.epoch = epoch;
        this.caching = caching;
        this.answers = new FreshAnswers(epoch, caching);
        this.version = version;
    }

    /// The same for documents with a version of their own, which commands compare with `If-Match`.
    public ViewQuery<D> versionedBy(ToLongFunction<D> documentVersion) {
        return new ViewQuery<>(view, reader, projections, epoch, caching, documentVersion);
    }

    /// The same with answers that caches keep in another way.
    public ViewQuery<D> cached(CachePolicy policy) {
        return new ViewQuery<>(view, reader, projections, epoch, policy, version);
    }

    /// The document with an entity tag.
    ///
    /// @param what the document is about, such as `product`
    /// @throws Problem if there is none, or it is not fresh enough
    public ResponseEntity<D> find(String what, String key, Freshness freshness) {
        return switch (answer(key, freshness)) {
            case Found<D>(var document, var position, var reached, var generation) ->
                    answers.ok(freshness, reached)
                            .eTag(
                                    version == null
                                            ? EntityTag.ofDocument(generation, position)
                                            : EntityTag.ofDocument(
                                                    generation,
                                                    position,
                                                    version.applyAsLong(document)))
                            .body(document);
            case Missing<D>(var reached, _) -> throw missing(what, key, freshness, reached);
            case Behind<D>(var reached) -> throw behind(freshness, reached);
        };
    }

    /// What is shown of an answer to a query over many documents.
    ///
    /// @throws Problem if the view is not fresh enough
    public <T, S> Shown<S> list(
            Freshness freshness, LongFunction<TableAnswer<T>> query, Function<? super T, S> shown) {
        TableAnswer.Read<T> read = read(freshness, query);
        return answers.shown(freshness, read, shown.apply(read.content()));
    }

    /// What is shown of an answer to a query over many documents, as JSON with an entity tag of it.
    public ResponseEntity<byte[]> json(
            Freshness freshness, TableAnswer.Read<?> read, Object shown) {
        return answers.json(freshness, read, shown);
    }

    /// What a query over many documents reads, once the view is fresh enough.
    ///
    /// @throws Problem if the view is not fresh enough
    public <T> TableAnswer.Read<T> read(Freshness freshness, LongFunction<TableAnswer<T>> query) {
        TableAnswer<T> answer = query.apply(freshness.notBefore());
        if (answer instanceof TableAnswer.Behind<T> && freshness.notBefore() > 0) {
            epoch.headFor(freshness);
            if (freshness.waits()) {
                await(freshness);
                answer = query.apply(freshness.notBefore());
            }
        }
        return switch (answer) {
            case TableAnswer.Read<T> read -> read;
            case TableAnswer.Behind<T>(var reached) -> throw behind(freshness, reached);
        };
    }

    private void await(Freshness freshness) {
        try {
            refuseIfStalled(
                    freshness,
                    projections.await(view, freshness.notBefore(), freshness.patience()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void refuseIfStalled(Freshness freshness, WaitOutcome outcome) {
        if (outcome instanceof WaitOutcome.Stalled stalled) {
            throw StaleAnswer.stalled(freshness, stalled);
        }
    }

    private ViewAnswer<D> answer(String key, Freshness freshness) {
        ViewAnswer<D> answer = reader.find(key, freshness.notBefore());
        if (!(answer instanceof Behind<D>) || freshness.notBefore() == 0) {
            return answer;
        }
        epoch.headFor(freshness);
        if (!freshness.waits()) {
            return answer;
        }
        try {
            refuseIfStalled(
                    freshness,
                    projections.await(view, key, freshness.notBefore(), freshness.patience()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return answer;
        }
        return reader.find(key, freshness.notBefore());
    }

    static Problem missing(String what, String key, Freshness freshness, long reached) {
        if (freshness.token() == null) {
            return Problem.of(
                            HttpStatus.NOT_FOUND,
                            "not-found-or-processing",
                            "%s \"%s\" was not found or is still processing; send the Consistency-Token of its creation to know for certain"
                                    .formatted(what, key))
                    .field(what + "Id", key)
                    .retryAfter(PROCESSING);
        }
        return freshness.applied(
                Problem.of(
                                HttpStatus.NOT_FOUND,
                                "not-found",
                                "there is no %s \"%s\"".formatted(what, key))
                        .field(what + "Id", key)
                        .with("position", reached));
    }

    private Problem behind(Freshness freshness, long reached) {
        if (freshness.token() != null) {
            return StaleAnswer.behind(freshness, reached);
        }
        return Problem.of(
                        HttpStatus.SERVICE_UNAVAILABLE,
                        "behind",
                        "the view %s is not there yet; try again".formatted(view))
                .with("position", reached)
                .with("wanted", freshness.notBefore())
                .retryAfter(PROCESSING);
    }
}
