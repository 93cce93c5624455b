package dev.twofold.catalog.operations;

import dev.twofold.catalog.http.Parameters;
import dev.twofold.catalog.http.Problem;
import dev.twofold.postgres.GenerationStatus;
import dev.twofold.postgres.PartitionStatus;
import dev.twofold.postgres.ProjectionLimits;
import dev.twofold.postgres.Projections;
import dev.twofold.postgres.Repair;
import dev.twofold.postgres.Verification;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/// How projections are doing, and having them made anew, compared with the log and repaired.
@RestController
@RequestMapping("/projections")
final class ProjectionEndpoints {
    private static final int SAMPLE = 1_000;
    private static final int LARGEST_SAMPLE = 1_000_000;
    private static final int MOST_PARTITIONS = 256;

    private final Projections projections;
    private final ProjectionLimits limits;
    private final Known known;

    ProjectionEndpoints(Projections projections, ProjectionLimits limits) {
        this.projections = projections;
        this.limits = limits;
        this.known = new Known(projections);
    }

    /// One partition of one generation.
    ///
    /// @param lag events of the log that it has not taken in
    /// @param lagSeconds for how long the next one has been in the log
    /// @param rate positions of the log a second, of late
    /// @param batch how many events the last batch had
    /// @param parked events that are set aside until someone has looked into them
    /// @param retried events that are set aside and tried again unasked
    /// @param pending events that are being folded into many documents, a piece at a time
    /// @param owner the node that did the last batch
    /// @param reason why it stands still, if it does
    record Partition(
            String projection,
            int generation,
            int revision,
            String role,
            int partition,
            int partitions,
            long position,
            long lag,
            double lagSeconds,
            double rate,
            int batch,
            long parked,
            long retried,
            long pending,
            @Nullable String owner,
            @Nullable String reason) {

        private static Partition of(PartitionStatus status) {
            return new Partition(
                    status.projection(),
                    status.generation(),
                    status.revision(),
                    status.role(),
                    status.partition(),
                    status.partitions(),
                    status.position(),
                    status.lag(),
                    status.lagTime().toMillis() / 1e3,
                    status.rate(),
                    status.batch(),
                    status.parked(),
                    status.retried(),
                    status.pending(),
                    status.node(),
                    status.reason());
        }
    }

    /// @param alarms what is amiss, a sentence each
    /// @param notes what may be
    record Listing(List<Partition> partitions, List<String> alarms, List<String> notes) {}

    @GetMapping
    ResponseEntity<Listing> list() {
        List<PartitionStatus> all = projections.status();
        return fresh(
                new Listing(
                        all.stream().map(Partition::of).toList(),
                        limits.alarms(projections.names(), all),
                        all.stream()
                                .filter(status -> status.changed() && status.partition() == 0)
                                .map(ProjectionEndpoints::changed)
                                .toList()));
    }

    /// Not an alarm: another compiler may write another class file for the same source.
    private static String changed(PartitionStatus status) {
        return "%s revision %d has changed since its generation %d, which is %s, was begun: raise the revision if what it makes of events has changed, or rebuild it"
                .formatted(
                        status.projection(), status.revision(), status.generation(), status.role());
    }

    /// One generation.
    ///
    /// @param percent of the log that it has taken in
    /// @param rate positions of the log a second, of late
    /// @param secondsLeft until it has taken in all, at that rate; null if that cannot be told
    /// @param pace percent of the time that building it takes
    record Generation(
            int generation,
            int revision,
            String role,
            long position,
            long head,
            int percent,
            double rate,
            @Nullable Long secondsLeft,
            int pace,
            long parked,
            @Nullable String reason,
            Instant createdAt) {

        private static Generation of(GenerationStatus status) {
            Duration left = status.timeLeft();
            return new Generation(
                    status.generation(),
                    status.revision(),
                    status.role(),
                    status.position(),
                    status.head(),
                    status.percent(),
                    status.rate(),
                    left == null ? null : left.toSeconds(),
                    status.pace(),
                    status.parked(),
                    status.reason(),
                    status.createdAt());
        }
    }

    record Status(String projection, List<Generation> generations) {}

    @GetMapping("/{name}")
    ResponseEntity<Status> status(@PathVariable String name) {
        known.require(name);
        return fresh(
                new Status(
                        name,
                        projections.list().stream()
                                .filter(status -> status.projection().equals(name))
                                .map(Generation::of)
                                .toList()));
    }

    /// @param generation that is meant
    /// @param checkUrl where its progress is
    record Taken(int generation, String message, String checkUrl) {
        private static Taken of(String projection, int generation, String message) {
            return new Taken(generation, message, "/projections/" + projection);
        }
    }

    @PostMapping("/{name}/rebuild")
    ResponseEntity<Taken> rebuild(@PathVariable String name, HttpServletRequest request) {
        Parameters parameters = Parameters.of(request, Set.of("partitions", "pace"));
        Optional<Integer> partitions = parameters.number("partitions", 1, MOST_PARTITIONS);
        Optional<Integer> pace = parameters.number("pace", 1, 100);
        int generation =
                known.ask(
                        name,
                        () ->
                                partitions.isPresent()
                                        ? projections.rebuild(name, partitions.get())
                                        : projections.rebuild(name));
        if (pace.isPresent()) {
            known.ask(name, () -> projections.paceRebuild(name, pace.get()));
        }
        Taken taken =
                Taken.of(
                        name,
                        generation,
                        "Generation %d is being filled; it serves once it has caught up."
                                .formatted(generation));
        return ResponseEntity.accepted().location(URI.create(taken.checkUrl)).body(taken);
    }

    /// @param message what has been done
    record Done(String message) {}

    @DeleteMapping("/{name}/rebuild")
    Done cancel(@PathVariable String name) {
        if (!known.ask(name, () -> projections.cancelRebuild(name))) {
            throw Problem.of(
                    HttpStatus.CONFLICT,
                    "nothing-being-built",
                    "no generation of \"%s\" is being built".formatted(name));
        }
        return new Done("What was being built is given up; the generation that serves goes on.");
    }

    @PostMapping("/{name}/rollback")
    Taken rollBack(@PathVariable String name) {
        int generation =
                known.ask(name, () -> projections.rollBack(name))
                        .orElseThrow(
                                () ->
                                        Problem.of(
                                                HttpStatus.CONFLICT,
                                                "nothing-to-roll-back-to",
                                                "no earlier generation of \"%s\" is kept"
                                                        .formatted(name)));
        return Taken.of(name, generation, "Generation %d serves again.".formatted(generation));
    }

    @PostMapping("/{name}/verify")
    Verification verify(@PathVariable String name, HttpServletRequest request) {
        int sample =
                Parameters.of(request, Set.of("sample"))
                        .number("sample", 1, LARGEST_SAMPLE)
                        .orElse(SAMPLE);
        return known.ask(name, () -> projections.verify(name, sample));
    }

    @PostMapping("/{name}/repair")
    Repair repair(@PathVariable String name, HttpServletRequest request) {
        Parameters parameters = Parameters.of(request, Set.of("key"));
        String key =
                parameters
                        .text("key")
                        .orElseThrow(() -> parameters.invalid("key", "the key of a document"));
        return known.ask(name, () -> projections.repair(name, key));
    }

    private static <T> ResponseEntity<T> fresh(T body) {
        return ResponseEntity.ok().cacheControl(CacheControl.noStore()).body(body);
    }
}
