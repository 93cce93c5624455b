package dev.twofold.catalog.http;

import dev.twofold.CommandOutcome;
import dev.twofold.CommandOutcome.Accepted;
import dev.twofold.CommandOutcome.Contended;
import dev.twofold.CommandOutcome.Overloaded;
import dev.twofold.CommandOutcome.Refused;
import dev.twofold.CommandOutcome.Repeated;
import dev.twofold.EventStoreException;
import dev.twofold.TooManyQueriesException;
import dev.twofold.catalog.Once;
import dev.twofold.catalog.Refusal;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.util.UriUtils;

/// What callers hear of their commands.
public final class CommandAnswers {
    private static final String REPLAYED = "Idempotent-Replayed";

    private final LogEpoch epoch;

    public CommandAnswers(LogEpoch epoch) {
        this.epoch = epoch;
    }

    /// What a command was about.
    ///
    /// @param idField what callers know its id by, such as `productId`
    /// @param collection the path above its own, such as `/products`
    /// @param done what has happened, such as `The product is created`
    /// @param creates whether that was a creation
    /// @param document answers with what there is at its address
    public record Subject(
            String idField,
            String collection,
            String done,
            boolean creates,
            BiFunction<String, Freshness, ResponseEntity<?>> document) {

        /// Where it is found.
        URI location(String id) {
            return URI.create(
                    collection + "/" + UriUtils.encodePathSegment(id, StandardCharsets.UTF_8));
        }
    }

    /// A command that is ready to be carried out.
    ///
    /// @param <S> states
    /// @param <R> reasons to refuse it
    @FunctionalInterface
    public interface Command<S, R> {

        /// @param once null if it may be done as often as it is sent
        CommandOutcome<S, R> handle(@Nullable Once<R> once);
    }

    /// Carries the command out, and answers.
    ///
    /// 202 with the consistency token once it is done; 201 or 200 with the document if the caller
    /// waits and the document is there in time. A request that was sent before under the same
    /// idempotency key has no further effect and gets the same answer again.
    ///
    /// @throws Problem if it was not carried out, with the token of what the refusal had seen
    public <S, R extends Refusal> ResponseEntity<?> answer(
            CommandRequest request,
            Subject subject,
            Command<S, R> command,
            Function<? super S, String> id,
            Function<? super R, Problem> refusal) {
        return switch (command.handle(once(request, refusal))) {
            case Accepted<S, R>(var state, var position, var events) ->
                    accepted(request, subject, id.apply(state), events, position).build();
            case Refused<S, R>(var reason, var position) ->
                    throw refused(refusal, reason, position);
            case Repeated<S, R>(var answer, var position) ->
                    repeated(request, subject, KeptAnswer.parse(answer).to(request), position);
            case Contended<S, R>(var attempts) ->
                    throw Problem.of(
                                    HttpStatus.SERVICE_UNAVAILABLE,
                                    "contended",
                                    "other changes were faster %d times; nothing was done, try again"
                                            .formatted(attempts))
                            .retryAfter(Duration.ofSeconds(1));
            case Overloaded<S, R>(var retryAfter) ->
                    throw Problem.of(
                                    HttpStatus.SERVICE_UNAVAILABLE,
                                    "overloaded",
                                    "there is too much to do; nothing was done, try again")
                            .retryAfter(retryAfter);
        };
    }

    /// A refusal as a problem.
    public static Problem refused(Refusal refusal, HttpStatus status, String type) {
        return Problem.of(
                        status,
                        type,
                        "%s \"%s\": %s"
                                .formatted(refusal.field(), refusal.value(), refusal.reason()))
                .field(refusal.field(), refusal.value());
    }

    private static <R> @Nullable Once<R> once(
            CommandRequest request, Function<? super R, Problem> refusal) {
        String key = request.key();
        return key == null ? null : new Keeping<>(key, request.fingerprint(), refusal);
    }

    private <R extends Refusal> Problem refused(
            Function<? super R, Problem> refusal, R reason, long position) {
        Problem problem = refusal.apply(reason);
        return position == 0
                ? problem
                : problem.header(ConsistencyToken.HEADER, epoch.token(position).toString());
    }

    private ResponseEntity<?> repeated(
            CommandRequest request, Subject subject, KeptAnswer kept, long position) {
        if (kept.problem() != null) {
            throw Problem.of(kept.problem())
                    .header(REPLAYED, "true")
                    .header(ConsistencyToken.HEADER, epoch.token(position).toString());
        }
        Answer answer =
                accepted(
                        request,
                        subject,
                        kept.id() == null ? "" : kept.id(),
                        kept.events(),
                        position);
        answer.headers.set(REPLAYED, "true");
        return answer.build();
    }

    private Answer accepted(
            CommandRequest request, Subject subject, String id, int events, long position) {
        HttpHeaders headers = new HttpHeaders();
        headers.setCacheControl(CacheControl.noStore());
        headers.setLocation(subject.location(id));
        headers.set(ConsistencyToken.HEADER, epoch.token(position).toString());
        if (!request.patience().isPositive()) {
            return new Answer(HttpStatus.ACCEPTED, headers, taken(subject, id, events));
        }
        headers.set(Preferences.APPLIED, Preferences.applied(request.patience()));
        Freshness freshness = new Freshness(epoch.token(position), request.patience());
        return document(subject, id, freshness)
                .map(
                        document -> {
                            headers.setETag(String.valueOf(document.getHeaders().getETag()));
                            headers.set(
                                    HttpHeaders.CONTENT_LOCATION, subject.location(id).toString());
                            boolean created = subject.creates && events > 0;
                            return new Answer(
                                    created ? HttpStatus.CREATED : HttpStatus.OK,
                                    headers,
                                    document.getBody());
                        })
                .orElseGet(
                        () -> new Answer(HttpStatus.ACCEPTED, headers, taken(subject, id, events)));
    }

    /// The document as the command left it; empty if it is not there in time, or cannot be read:
    /// the command is done all the same.
    private static Optional<ResponseEntity<?>> document(
            Subject subject, String id, Freshness freshness) {
        try {
            return Optional.of(subject.document.apply(id, freshness));
        } catch (Problem | EventStoreException | TooManyQueriesException notYet) {
            return Optional.empty();
        }
    }

    private static Map<String, String> taken(Subject subject, String id, int events) {
        Map<String, String> body = new LinkedHashMap<>();
        body.put(subject.idField, id);
        body.put(
                "message",
                events == 0
                        ? "It is so already; nothing has changed."
                        : subject.done + "; readers see it in a moment.");
        body.put("checkUrl", subject.location(id).toString());
        return body;
    }

    private record Answer(HttpStatus status, HttpHeaders headers, @Nullable Object body) {
        ResponseEntity<?> build() {
            return ResponseEntity.status(status).headers(headers).body(body);
        }
    }

    /// Keeps answers with the fingerprint of the request that gets them.
    private record Keeping<R>(String key, String fingerprint, Function<? super R, Problem> refusal)
            implements Once<R> {
        @Override
        public String accepted(String id, int events) {
            return new KeptAnswer(fingerprint, id, events, null).toString();
        }

        @Override
        public String refused(R reason) {
            return new KeptAnswer(fingerprint, null, 0, refusal.apply(reason).detail()).toString();
        }
    }
}
