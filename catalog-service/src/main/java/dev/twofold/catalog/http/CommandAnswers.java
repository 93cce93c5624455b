package dev.twofold.catalog.http;

import dev.twofold.CommandOutcome;
import dev.twofold.CommandOutcome.Accepted;
import dev.twofold.CommandOutcome.Contended;
import dev.twofold.CommandOutcome.Overloaded;
import dev.twofold.CommandOutcome.Refused;
import dev.twofold.CommandOutcome.Repeated;
import dev.twofold.catalog.Refusal;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.util.UriUtils;

/// What callers hear of their commands.
public final class CommandAnswers {
    private final LogEpoch epoch;

    public CommandAnswers(LogEpoch epoch) {
        this.epoch = epoch;
    }

    /// What a command was about.
    ///
    /// @param idField what callers know its id by, such as `productId`
    /// @param collection the path above its own, such as `/products`
    /// @param done what has happened, such as `The product is created`
    public record Subject(String idField, String id, String collection, String done) {

        /// Where it is found.
        URI location() {
            return URI.create(
                    collection + "/" + UriUtils.encodePathSegment(id, StandardCharsets.UTF_8));
        }
    }

    /// 202 with the consistency token if the command was carried out.
    ///
    /// @throws Problem if it was not
    public <S, R extends Refusal> ResponseEntity<Map<String, String>> answer(
            CommandOutcome<S, R> outcome,
            Function<? super S, Subject> subject,
            Function<? super R, Problem> refusal) {
        return switch (outcome) {
            case Accepted<S, R>(var state, var position, var events) ->
                    accepted(subject.apply(state), position, events);
            case Refused<S, R>(var reason, _) -> throw refusal.apply(reason);
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
            case Repeated<S, R> _ ->
                    throw new IllegalStateException("no command was sent with an idempotency key");
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

    private ResponseEntity<Map<String, String>> accepted(
            Subject subject, long position, int events) {
        Map<String, String> body = new LinkedHashMap<>();
        body.put(subject.idField, subject.id);
        body.put(
                "message",
                events == 0
                        ? "It is so already; nothing has changed."
                        : subject.done + "; readers see it in a moment.");
        body.put("checkUrl", subject.location().toString());
        return ResponseEntity.accepted()
                .location(subject.location())
                .header(
                        ConsistencyToken.HEADER,
                        new ConsistencyToken(epoch.value(), position).toString())
                .body(body);
    }
}
