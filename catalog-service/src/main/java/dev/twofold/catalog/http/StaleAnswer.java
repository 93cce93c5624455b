package dev.twofold.catalog.http;

import dev.twofold.postgres.WaitOutcome.Stalled;
import java.time.Duration;
import java.util.Locale;
import org.springframework.http.HttpStatus;

/// What callers are told whose answer would be older than their token asks for.
final class StaleAnswer {
    private static final Duration SOON = Duration.ofSeconds(1);

    private static final Duration ONCE_LOOKED_INTO = Duration.ofSeconds(30);

    private StaleAnswer() {}

    /// It will be fresh enough in a while.
    static Problem behind(Freshness freshness, long reached) {
        return of(freshness, reached, "try again, or wait with \"Prefer: wait=5\"")
                .retryAfter(SOON);
    }

    /// It will not before someone has looked into it. Callers are told what has come to a halt, and
    /// where; not why an event did not fit, which may tell what is in it.
    static Problem stalled(Freshness freshness, Stalled stalled) {
        String halted =
                switch (stalled.cause()) {
                    case PARKED ->
                            "the event at position %d is set aside"
                                    .formatted(stalled.position() + 1);
                    case STOPPED -> "no more events are taken in";
                };
        return of(
                        freshness,
                        stalled.position(),
                        halted + " before someone has looked into the reason")
                .with("reason", stalled.cause().name().toLowerCase(Locale.ROOT))
                .retryAfter(ONCE_LOOKED_INTO);
    }

    private static Problem of(Freshness freshness, long reached, String next) {
        return freshness.applied(
                Problem.of(
                                HttpStatus.SERVICE_UNAVAILABLE,
                                "behind",
                                "the answer would be older than the token asks for: it stands at position %d of %d; %s"
                                        .formatted(reached, freshness.notBefore(), next))
                        .with("position", reached)
                        .with("wanted", freshness.notBefore()));
    }
}
