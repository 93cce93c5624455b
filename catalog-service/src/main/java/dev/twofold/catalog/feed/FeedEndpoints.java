package dev.twofold.catalog.feed;

import dev.twofold.Metadata;
import dev.twofold.catalog.CommandAuthorization;
import dev.twofold.catalog.http.ConsistencyToken;
import dev.twofold.catalog.http.LogEpoch;
import dev.twofold.catalog.http.Parameters;
import dev.twofold.catalog.http.Problem;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.FileSystemResource;
import org.springframework.core.io.Resource;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/// Feeds over HTTP: sent in as a body, then followed until they are imported.
@RestController
@RequestMapping("/feeds")
final class FeedEndpoints {
    private static final String NDJSON = "application/x-ndjson";

    private final FeedUploads uploads;
    private final LogEpoch epoch;
    private final CommandAuthorization authorization;

    FeedEndpoints(FeedUploads uploads, LogEpoch epoch, CommandAuthorization authorization) {
        this.uploads = uploads;
        this.epoch = epoch;
        this.authorization = authorization;
    }

    /// Has the lines of a feed carried out, each as a command.
    record ImportFeed() {}

    /// @param checkUrl where its progress is
    record Taken(String feedId, String message, String checkUrl) {}

    @PostMapping(consumes = {"text/tab-separated-values", "text/csv"})
    ResponseEntity<Taken> take(HttpServletRequest request, Metadata metadata) throws IOException {
        boolean dryRun = Parameters.of(request, Set.of("dryRun")).truth("dryRun").orElse(false);
        if (!dryRun) {
            authorization.accept(new ImportFeed(), metadata);
        }
        if (request.getContentLengthLong() > FeedUploads.MAX_BYTES) {
            throw tooLarge();
        }
        if (uploads.isFull()) {
            throw Problem.of(
                            HttpStatus.SERVICE_UNAVAILABLE,
                            "overloaded",
                            "%d feeds are waiting already; try again later"
                                    .formatted(FeedUploads.MAX_WAITING))
                    .retryAfter(Duration.ofSeconds(30));
        }
        FeedUpload upload =
                uploads.take(request.getInputStream(), dryRun, metadata)
                        .orElseThrow(FeedEndpoints::tooLarge);
        URI location = URI.create("/feeds/" + upload.id());
        return ResponseEntity.accepted()
                .location(location)
                .body(
                        new Taken(
                                upload.id(),
                                dryRun
                                        ? "The feed is being looked at; nothing is changed."
                                        : "The feed is being imported.",
                                location.toString()));
    }

    /// How far an import is.
    ///
    /// @param state `waiting`, `running`, `done` or `failed`
    /// @param totalBytes of the feed
    /// @param message why it failed; null if it did not
    /// @param reportUrl where its problems are, one JSON object a line
    record Progress(
            String feedId,
            String state,
            boolean dryRun,
            long bytes,
            long totalBytes,
            long lines,
            long created,
            long changed,
            long unchanged,
            long duplicates,
            long rejected,
            long events,
            @Nullable String message,
            Instant sentAt,
            @Nullable Instant endedAt,
            String reportUrl) {

        private static Progress of(FeedUpload upload) {
            FeedCounts counts = upload.counts();
            return new Progress(
                    upload.id(),
                    upload.state().name().toLowerCase(Locale.ROOT),
                    upload.dryRun(),
                    counts.bytes(),
                    upload.bytes(),
                    counts.lines(),
                    counts.created(),
                    counts.changed(),
                    counts.unchanged(),
                    counts.duplicates(),
                    counts.rejected(),
                    counts.events(),
                    upload.failure(),
                    upload.sentAt(),
                    upload.endedAt(),
                    "/feeds/%s/report".formatted(upload.id()));
        }
    }

    @GetMapping("/{id}")
    ResponseEntity<Progress> progress(@PathVariable String id) {
        FeedUpload upload = find(id);
        ResponseEntity.BodyBuilder answer =
                ResponseEntity.ok().cacheControl(CacheControl.noStore());
        if (upload.state() == FeedUpload.State.DONE) {
            answer.header(
                    ConsistencyToken.HEADER,
                    new ConsistencyToken(epoch.value(), upload.position()).toString());
        }
        return answer.body(Progress.of(upload));
    }

    @GetMapping("/{id}/report")
    ResponseEntity<Resource> report(@PathVariable String id) {
        return ResponseEntity.ok()
                .cacheControl(CacheControl.noStore())
                .contentType(MediaType.parseMediaType(NDJSON))
                .body(new FileSystemResource(find(id).report()));
    }

    private FeedUpload find(String id) {
        return uploads.find(id)
                .orElseThrow(
                        () ->
                                Problem.of(
                                                HttpStatus.NOT_FOUND,
                                                "unknown-feed",
                                                "no feed has the id \"%s\"; those from before the last start are forgotten"
                                                        .formatted(id))
                                        .field("feedId", id));
    }

    private static Problem tooLarge() {
        return Problem.of(
                HttpStatus.CONTENT_TOO_LARGE,
                "body-too-large",
                "a feed has at most %,d bytes; send it in parts".formatted(FeedUploads.MAX_BYTES));
    }
}
