package dev.twofold.catalog.http;

import dev.twofold.postgres.Projections;
import dev.twofold.postgres.ViewAnswer;
import dev.twofold.postgres.ViewAnswer.Behind;
import dev.twofold.postgres.ViewAnswer.Found;
import dev.twofold.postgres.ViewAnswer.Missing;
import dev.twofold.postgres.ViewReader;
import dev.twofold.postgres.ViewStanding;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;

/// Answers queries of one view as fresh as the caller asks for.
///
/// @param <D> documents of the view
public final class ViewQuery<D> {
    private static final Duration PROCESSING = Duration.ofSeconds(1);

    private final String view;
    private final ViewReader<D> reader;
    private final Projections projections;
    private final LogEpoch epoch;

    /// @param view the view's name
    public ViewQuery(String view, ViewReader<D> reader, Projections projections, LogEpoch epoch) {
        this.view = view;
        this.reader = reader;
        this.projections = projections;
        this.epoch = epoch;
    }

    /// The document with an entity tag.
    ///
    /// @param what the document is about, such as `product`
    /// @throws Problem if there is none, or it is not fresh enough
    public ResponseEntity<D> find(String what, String key, Freshness freshness) {
        return switch (answer(key, freshness)) {
            case Found<D>(var document, var position, var reached, var generation) ->
                    headers(freshness, reached)
                            .eTag("%d-%d".formatted(generation, position))
                            .body(document);
            case Missing<D>(var reached, _) -> throw missing(what, key, freshness, reached);
            case Behind<D>(var reached) -> throw behind(freshness, reached);
        };
    }

    /// An answer to a query over many documents, made once the view is fresh enough.
    ///
    /// @throws Problem if it is not
    public <T> ResponseEntity<T> list(Freshness freshness, Supplier<T> query) {
        Optional<ViewStanding> standing = reader.standing();
        if (freshness.waits() && !isEnough(standing, freshness)) {
            await(freshness);
            standing = reader.standing();
        }
        long reached = standing.map(ViewStanding::position).orElse(0L);
        if (!isEnough(standing, freshness)) {
            throw behind(freshness, reached);
        }
        return headers(freshness, reached).body(query.get());
    }

    private static boolean isEnough(Optional<ViewStanding> standing, Freshness freshness) {
        return standing.isPresent() && standing.get().position() >= freshness.notBefore();
    }

    private void await(Freshness freshness) {
        try {
            projections.await(view, freshness.notBefore(), freshness.patience());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private ViewAnswer<D> answer(String key, Freshness freshness) {
        ViewAnswer<D> answer = reader.find(key, freshness.notBefore());
        if (!(answer instanceof Behind<D>) || !freshness.waits()) {
            return answer;
        }
        try {
            projections.await(view, key, freshness.notBefore(), freshness.patience());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return answer;
        }
        return reader.find(key, freshness.notBefore());
    }

    private ResponseEntity.BodyBuilder headers(Freshness freshness, long reached) {
        ResponseEntity.BodyBuilder answer =
                ResponseEntity.ok()
                        .cacheControl(CacheControl.noCache())
                        .varyBy(HttpHeaders.ACCEPT, ConsistencyToken.HEADER)
                        .header(
                                ConsistencyToken.HEADER,
                                new ConsistencyToken(epoch.value(), reached).toString());
        return freshness.waits()
                ? answer.header("Preference-Applied", "wait=" + freshness.patience().toSeconds())
                : answer;
    }

    private static Problem missing(String what, String key, Freshness freshness, long reached) {
        if (freshness.token() == null) {
            return Problem.of(
                            HttpStatus.NOT_FOUND,
                            "not-found-or-processing",
                            "%s \"%s\" was not found or is still processing; send the Consistency-Token of its creation to know for certain"
                                    .formatted(what, key))
                    .field(what + "Id", key)
                    .retryAfter(PROCESSING);
        }
        return Problem.of(
                        HttpStatus.NOT_FOUND,
                        "not-found",
                        "there is no %s \"%s\"".formatted(what, key))
                .field(what + "Id", key)
                .with("position", reached);
    }

    private static Problem behind(Freshness freshness, long reached) {
        return Problem.of(
                        HttpStatus.SERVICE_UNAVAILABLE,
                        "behind",
                        "the answer would be older than the token asks for: it stands at position %d of %d; try again, or wait with \"Prefer: wait=5\""
                                .formatted(reached, freshness.notBefore()))
                .with("position", reached)
                .with("wanted", freshness.notBefore())
                .retryAfter(PROCESSING);
    }
}
