package dev.twofold.catalog.operations;

import dev.twofold.catalog.http.Parameters;
import dev.twofold.catalog.http.Problem;
import dev.twofold.postgres.DroppedEvent;
import dev.twofold.postgres.InspectedEvent;
import dev.twofold.postgres.ParkedEvent;
import dev.twofold.postgres.Projections;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/// Events that projections have set aside: looked into, tried again, given up.
///
/// An event is named by its position, and by the key of the document that it is set aside for if
/// there are several.
@RestController
@RequestMapping("/projections/{name}")
final class ParkedEventEndpoints {
    private final Projections projections;
    private final Known known;

    ParkedEventEndpoints(Projections projections) {
        this.projections = projections;
        this.known = new Known(projections);
    }

    /// @param key of the document that it does not fit
    /// @param reason null for an event that waits behind such a one
    /// @param retryAt when it is tried again unasked; null if it waits for someone to look into it
    /// @param retried whether it is tried again unasked, or waits behind one that is
    record Parked(
            int generation,
            int partition,
            String view,
            String key,
            long position,
            @Nullable String reason,
            int attempts,
            Instant parkedAt,
            @Nullable Instant retryAt,
            boolean retried) {

        private static Parked of(ParkedEvent event) {
            return new Parked(
                    event.generation(),
                    event.partition(),
                    event.view(),
                    event.key(),
                    event.position(),
                    event.reason(),
                    event.attempts(),
                    event.parkedAt(),
                    event.retryAt(),
                    event.retried());
        }
    }

    record Listing(List<Parked> parked, List<DroppedEvent> dropped) {}

    @GetMapping("/parked")
    ResponseEntity<Listing> list(@PathVariable String name) {
        return known.ask(
                name,
                () ->
                        fresh(
                                new Listing(
                                        projections.parked(name).stream().map(Parked::of).toList(),
                                        projections.dropped(name))));
    }

    /// @param type and revision as stored
    /// @param data of the event as stored
    /// @param current what it is lifted to, as text; the reason if it cannot be
    /// @param document that it does not fit, as JSON
    record Inspected(
            Parked parked,
            @Nullable String stack,
            @Nullable String stream,
            @Nullable Long version,
            String type,
            int revision,
            String data,
            Instant recordedAt,
            String current,
            @Nullable String document) {

        private static Inspected of(InspectedEvent event) {
            var stored = event.stored();
            return new Inspected(
                    Parked.of(event.parked()),
                    event.parked().stack(),
                    stored.stream() == null ? null : stored.stream().toString(),
                    stored.version(),
                    stored.type(),
                    stored.revision(),
                    stored.data(),
                    stored.recordedAt(),
                    event.current(),
                    event.document());
        }
    }

    @GetMapping("/parked/{position}")
    ResponseEntity<Inspected> show(
            @PathVariable String name, @PathVariable long position, HttpServletRequest request) {
        ParkedEvent event = find(name, position, request).getFirst();
        return fresh(Inspected.of(known.ask(name, () -> projections.inspect(event))));
    }

    /// @param waiting what the document waits for now; null if it has taken in all
    record Outcome(String message, @Nullable Parked waiting) {
        private static Outcome of(String done, List<ParkedEvent> waiting) {
            return waiting.isEmpty()
                    ? new Outcome(done + " The document has taken in all.", null)
                    : new Outcome(done + " The document waits.", Parked.of(waiting.getFirst()));
        }
    }

    @PostMapping("/parked/{position}/retry")
    Outcome retry(
            @PathVariable String name, @PathVariable long position, HttpServletRequest request) {
        return Outcome.of(
                "Tried again.", each(name, find(name, position, request), projections::retry));
    }

    /// All that is set aside, and not by a retired generation.
    @PostMapping("/parked/retry")
    Outcome retryAll(@PathVariable String name) {
        List<ParkedEvent> left = known.ask(name, () -> projections.retryAll(name));
        long documents = left.stream().map(ParkedEvent::key).distinct().count();
        return left.isEmpty()
                ? new Outcome("Tried again. All documents have taken in all.", null)
                : new Outcome(
                        "Tried again. %,d documents wait.".formatted(documents),
                        Parked.of(left.getFirst()));
    }

    /// @param because why it is given up; kept with the event
    record Reason(String because) {}

    @PostMapping("/parked/{position}/drop")
    Outcome drop(
            @PathVariable String name,
            @PathVariable long position,
            @RequestBody Reason reason,
            HttpServletRequest request) {
        return Outcome.of(
                "Dropped.",
                each(
                        name,
                        find(name, position, request),
                        event -> projections.drop(event, reason.because)));
    }

    /// Gives up the event at which the projection as a whole has stopped.
    @PostMapping("/stopped/{position}/drop")
    ProjectionEndpoints.Done skip(
            @PathVariable String name, @PathVariable long position, @RequestBody Reason reason) {
        return known.ask(
                name,
                () -> {
                    projections.skip(name, position, reason.because);
                    return new ProjectionEndpoints.Done("Dropped. The projection goes on.");
                });
    }

    /// The same for each generation and partition that has set the event aside.
    private List<ParkedEvent> each(
            String name,
            List<ParkedEvent> events,
            Function<ParkedEvent, Optional<ParkedEvent>> action) {
        return events.stream()
                .flatMap(event -> known.ask(name, () -> action.apply(event)).stream())
                .toList();
    }

    private List<ParkedEvent> find(String name, long position, HttpServletRequest request) {
        Optional<String> key = Parameters.of(request, Set.of("key")).text("key");
        List<ParkedEvent> found =
                known.ask(name, () -> projections.parked(name)).stream()
                        .filter(event -> event.position() == position)
                        .filter(event -> key.isEmpty() || event.key().equals(key.get()))
                        .toList();
        if (found.isEmpty()) {
            throw Problem.of(
                            HttpStatus.NOT_FOUND,
                            "not-parked",
                            "\"%s\" has set no event at position %d aside%s"
                                    .formatted(
                                            name,
                                            position,
                                            key.map(" for \"%s\""::formatted).orElse("")))
                    .field("position", position);
        }
        if (found.stream().map(ParkedEvent::key).distinct().count() > 1) {
            throw Problem.of(
                            HttpStatus.CONFLICT,
                            "several-documents",
                            "the event at position %d is set aside for several documents: %s; name one by its key"
                                    .formatted(
                                            position,
                                            found.stream().map(ParkedEvent::key).toList()))
                    .field("position", position);
        }
        return found;
    }

    private static <T> ResponseEntity<T> fresh(T body) {
        return ResponseEntity.ok().cacheControl(CacheControl.noStore()).body(body);
    }
}
