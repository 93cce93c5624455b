package dev.twofold.catalog.webhook;

import dev.twofold.EventTypes;
import dev.twofold.catalog.CatalogEvent;
import dev.twofold.catalog.http.LogEpoch;
import dev.twofold.catalog.http.Parameters;
import dev.twofold.catalog.http.Problem;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/// Webhooks, for operators.
@RestController
@RequestMapping("/webhooks")
final class WebhookEndpoints {
    private static final int LONGEST_URL = 2_000;
    private static final int DEFAULT_LIMIT = 100;
    private static final int MAX_LIMIT = 1_000;
    private static final Duration OVERLAP = Duration.ofDays(1);

    private final Webhooks webhooks;
    private final Addresses addresses;
    private final WebhookSettings settings;
    private final LogEpoch epoch;
    private final Set<String> types;

    WebhookEndpoints(
            Webhooks webhooks,
            Addresses addresses,
            WebhookSettings settings,
            LogEpoch epoch,
            EventTypes<CatalogEvent> types) {
        this.webhooks = webhooks;
        this.addresses = addresses;
        this.settings = settings;
        this.epoch = epoch;
        this.types = types.shapes().stream().map(shape -> shape.name()).collect(Collectors.toSet());
    }

    /// @param types of events; all if it is left out
    record Registration(String url, @Nullable List<String> types) {}

    /// @param secret for the receiver, who checks signatures with it; shown this once
    record Registered(String webhookId, String secret, String message, String checkUrl) {
        /// Without the secret: answers are logged where someone debugs.
        @Override
        public String toString() {
            return "Registered[webhookId=%s]".formatted(webhookId);
        }
    }

    /// Before each of the others: a node that has no log to read events from refuses them all.
    @ModelAttribute
    void requireLog() {
        epoch.requireLog();
    }

    @PostMapping
    ResponseEntity<Registered> register(@RequestBody Registration body) {
        String url = checkedUrl(body.url);
        List<String> wanted = body.types == null ? List.of() : checkedTypes(body.types);
        Webhooks.Created created =
                webhooks.create(url, wanted, epoch.last())
                        .orElseThrow(
                                () ->
                                        Problem.of(
                                                HttpStatus.CONFLICT,
                                                "too-many-webhooks",
                                                "there are %d webhooks, which is the limit; end one"
                                                        .formatted(Webhooks.MAX)));
        URI location = URI.create("/webhooks/" + created.id());
        return ResponseEntity.created(location)
                .cacheControl(CacheControl.noStore())
                .body(
                        new Registered(
                                created.id(),
                                created.secret(),
                                "Events from now on are sent to %s".formatted(url),
                                location.toString()));
    }

    /// @param state `active`, `retrying` or `disabled`
    /// @param behind events of the log that it may have to be told of
    record Shown(
            String webhookId,
            String url,
            List<String> types,
            String state,
            long position,
            long behind,
            int attempts,
            @Nullable Instant nextAttemptAt,
            @Nullable Instant disabledAt,
            @Nullable String problem,
            Instant createdAt) {

        private static Shown of(Webhook webhook, long head) {
            String retrying = webhook.attempts() > 0 ? "retrying" : "active";
            return new Shown(
                    webhook.id(),
                    webhook.url(),
                    webhook.types(),
                    webhook.disabledAt() == null ? retrying : "disabled",
                    webhook.position(),
                    Math.max(0, head - webhook.position()),
                    webhook.attempts(),
                    webhook.nextAttemptAt(),
                    webhook.disabledAt(),
                    webhook.problem(),
                    webhook.createdAt());
        }
    }

    record Listing(List<Shown> items) {}

    @GetMapping
    ResponseEntity<Listing> list() {
        long head = epoch.last();
        return fresh(
                new Listing(
                        webhooks.list().stream().map(webhook -> Shown.of(webhook, head)).toList()));
    }

    @GetMapping("/{id}")
    ResponseEntity<Shown> show(@PathVariable String id) {
        return fresh(shown(id));
    }

    /// @param message what has been done
    record Done(String message) {}

    @DeleteMapping("/{id}")
    Done delete(@PathVariable String id) {
        if (!webhooks.delete(id)) {
            throw unknown(id);
        }
        return new Done("The webhook has ended.");
    }

    @PostMapping("/{id}/retry")
    ResponseEntity<Shown> retry(@PathVariable String id) {
        if (!webhooks.retry(id)) {
            throw unknown(id);
        }
        return fresh(shown(id));
    }

    /// @param secret shown this once
    record Rotated(String webhookId, String secret, String message) {
        /// Without the secret.
        @Override
        public String toString() {
            return "Rotated[webhookId=%s]".formatted(webhookId);
        }
    }

    @PostMapping("/{id}/rotate")
    ResponseEntity<Rotated> rotate(@PathVariable String id) {
        String secret = webhooks.rotate(id, OVERLAP).orElseThrow(() -> unknown(id));
        return fresh(
                new Rotated(
                        id,
                        secret,
                        "Deliveries are signed with the secret before as well for a day."));
    }

    record Deliveries(List<Delivery> items) {}

    @GetMapping("/{id}/deliveries")
    ResponseEntity<Deliveries> deliveries(@PathVariable String id, HttpServletRequest request) {
        int limit =
                Parameters.of(request, Set.of("limit"))
                        .number("limit", 1, MAX_LIMIT)
                        .orElse(DEFAULT_LIMIT);
        shown(id);
        return fresh(new Deliveries(webhooks.deliveries(id, limit)));
    }

    private Shown shown(String id) {
        long head = epoch.last();
        return webhooks.find(id)
                .map(webhook -> Shown.of(webhook, head))
                .orElseThrow(() -> unknown(id));
    }

    private static Problem unknown(String id) {
        return Problem.of(
                        HttpStatus.NOT_FOUND,
                        "unknown-webhook",
                        "there is no webhook \"%s\"; \"catalog webhooks list\" shows them"
                                .formatted(id))
                .field("webhookId", id);
    }

    private String checkedUrl(String text) {
        Optional<String> fault = fault(text);
        if (fault.isPresent()) {
            throw Problem.of(
                            HttpStatus.UNPROCESSABLE_CONTENT,
                            "invalid-value",
                            "url \"%s\": %s".formatted(text, fault.get()))
                    .field("url", text);
        }
        return text;
    }

    private Optional<String> fault(String text) {
        URI url;
        try {
            url = new URI(text);
        } catch (URISyntaxException e) {
            return Optional.of("it is no address: " + e.getReason());
        }
        String scheme = url.getScheme() == null ? "" : url.getScheme().toLowerCase(Locale.ROOT);
        if (!scheme.equals("https") && !(scheme.equals("http") && settings.privateAddresses())) {
            return Optional.of("it begins with https://");
        }
        if (url.getHost() == null || url.getUserInfo() != null || url.getFragment() != null) {
            return Optional.of("it has a host, and neither a user nor a fragment");
        }
        if (text.length() > LONGEST_URL) {
            return Optional.of("it has at most %,d characters".formatted(LONGEST_URL));
        }
        try {
            addresses.resolve(url.getHost());
            return Optional.empty();
        } catch (UnknownHostException e) {
            return Optional.of("it cannot be reached: " + e.getMessage());
        }
    }

    private List<String> checkedTypes(List<String> wanted) {
        for (String type : wanted) {
            if (!types.contains(type)) {
                throw Problem.of(
                                HttpStatus.UNPROCESSABLE_CONTENT,
                                "invalid-value",
                                "types \"%s\": there is no such event, only %s"
                                        .formatted(type, new TreeSet<>(types)))
                        .field("types", type);
            }
        }
        return List.copyOf(new TreeSet<>(wanted));
    }

    private static <T> ResponseEntity<T> fresh(T body) {
        return ResponseEntity.ok().cacheControl(CacheControl.noStore()).body(body);
    }
}
