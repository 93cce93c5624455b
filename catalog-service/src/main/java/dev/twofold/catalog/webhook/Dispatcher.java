package dev.twofold.catalog.webhook;

import dev.twofold.EventFeed;
import dev.twofold.EventStoreException;
import dev.twofold.Lease;
import dev.twofold.Leases;
import dev.twofold.Query;
import dev.twofold.RecordedEvent;
import dev.twofold.catalog.Growth;
import dev.twofold.catalog.http.LogEpoch;
import dev.twofold.catalog.webhook.Sender.Outcome;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/// Tells each webhook of the events of the log, one after the other, in order of position.
///
/// An event is tried until it is delivered or the webhook is disabled, and none behind it before
/// that. It is told again if its process is lost between delivery and the note of it, so receivers
/// know deliveries by their ids. Of several processes one at a time tells a webhook.
final class Dispatcher implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);
    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final Duration ENDING = Duration.ofSeconds(15);
    private static final int PAGE = 100;
    private static final int PASSED = 1_000;

    private final Webhooks webhooks;
    private final EventFeed log;
    private final Growth growth;
    private final Leases leases;
    private final LogEpoch epoch;
    private final Sender sender;
    private final WebhookSettings settings;
    private final JsonMapper json;
    private final Clock clock;
    private final Duration leased;
    private final String node = UUID.randomUUID().toString();
    private final Set<String> told = ConcurrentHashMap.newKeySet();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final ExecutorService threads =
            Executors.newThreadPerTaskExecutor(
                    Thread.ofVirtual().name("catalog-webhook-", 1).factory());

    Dispatcher(
            Webhooks webhooks,
            EventFeed log,
            Growth growth,
            Leases leases,
            LogEpoch epoch,
            Sender sender,
            WebhookSettings settings,
            JsonMapper json,
            Clock clock) {
        this.webhooks = webhooks;
        this.log = log;
        this.growth = growth;
        this.leases = leases;
        this.epoch = epoch;
        this.sender = sender;
        this.settings = settings;
        this.json = json;
        this.clock = clock;
        // a delivery ends before the lease does
        this.leased = settings.deadline().multipliedBy(2).plusSeconds(10);
    }

    void start() {
        threads.execute(this::look);
    }

    /// Lets the deliveries at hand end.
    @Override
    public void close() {
        closed.countDown();
        threads.shutdown();
        try {
            if (!threads.awaitTermination(ENDING.toMillis(), TimeUnit.MILLISECONDS)) {
                threads.shutdownNow();
            }
        } catch (InterruptedException _) {
            threads.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }

    private void look() {
        try {
            do {
                try {
                    webhooks.list().stream()
                            .filter(webhook -> webhook.disabledAt() == null)
                            .map(Webhook::id)
                            .filter(told::add)
                            .forEach(id -> threads.execute(() -> tell(id)));
                } catch (EventStoreException e) {
                    LOG.warn("webhooks are looked for later", e);
                }
            } while (!isClosedWithin(LOOK));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean isClosedWithin(Duration time) throws InterruptedException {
        return closed.await(time.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void tell(String id) {
        try {
            Optional<Lease> lease = leases.take("webhook:" + id, node, leased);
            if (lease.isPresent()) {
                try {
                    tell(id, lease.get());
                } finally {
                    leases.release(lease.get());
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.warn("webhook {} is told later", id, e);
        } finally {
            told.remove(id); // so that it is looked at again
        }
    }

    private void tell(String id, Lease lease) throws InterruptedException {
        long position = 0;
        boolean more = true;
        while (more && !isClosedWithin(Duration.ZERO)) {
            Optional<Webhook> found = webhooks.find(id);
            if (found.isEmpty() || found.get().disabledAt() != null) {
                return;
            }
            Webhook webhook = found.get();
            position = Math.max(position, webhook.position());
            more = leases.keep(lease, position, leased);
            Instant next = webhook.nextAttemptAt();
            if (more && next != null && next.isAfter(clock.instant())) {
                boolean _ = isClosedWithin(LOOK);
            } else if (more) {
                position = tell(webhook, position, lease);
            }
        }
    }

    /// Tells what there is, up to a failure; the position up to which there is nothing more to
    /// tell.
    private long tell(Webhook webhook, long after, Lease lease) throws InterruptedException {
        EventFeed.Page page = log.next(query(webhook), after, PAGE);
        int attempt = webhook.attempts() + 1;
        for (RecordedEvent event : page.events()) {
            if (isClosedWithin(Duration.ZERO)
                    || !leases.keep(lease, event.position() - 1, leased)
                    || !deliver(webhook, event, attempt)) {
                return event.position() - 1;
            }
            attempt = 1;
        }
        if (page.events().isEmpty() && page.upTo() >= webhook.position() + PASSED) {
            webhooks.pass(webhook.id(), page.upTo());
        }
        if (!page.more()) {
            growth.await(page.upTo(), LOOK);
        }
        return page.upTo();
    }

    private static Query query(Webhook webhook) {
        return webhook.types().isEmpty()
                ? Query.all()
                : Query.types(webhook.types().toArray(String[]::new));
    }

    private boolean deliver(Webhook webhook, RecordedEvent event, int attempt) {
        List<byte[]> secrets = webhooks.secrets(webhook.id());
        if (secrets.isEmpty()) {
            return false; // it is gone
        }
        Instant start = clock.instant();
        String id = event.id().toString();
        String body = Message.of(event, epoch.token(event.position()).toString(), json);
        Outcome outcome =
                sender.send(
                        URI.create(webhook.url()),
                        Map.of(
                                "webhook-id", id,
                                "webhook-timestamp", Long.toString(start.getEpochSecond()),
                                "webhook-signature", Signature.of(secrets, id, start, body)),
                        body);
        Delivery delivery =
                new Delivery(
                        event.position(),
                        event.id(),
                        event.type(),
                        attempt,
                        start,
                        Duration.between(start, clock.instant()).toMillis(),
                        outcome.status(),
                        outcome.problem());
        if (outcome.delivered()) {
            webhooks.delivered(webhook.id(), delivery);
        } else {
            fail(webhook, delivery, outcome);
        }
        return outcome.delivered();
    }

    private void fail(Webhook webhook, Delivery delivery, Outcome outcome) {
        if (outcome.gone() || delivery.attempt() >= settings.attempts()) {
            LOG.warn(
                    "webhook {} is disabled after attempt {} to deliver position {}: {}",
                    webhook.id(),
                    delivery.attempt(),
                    delivery.position(),
                    delivery.problem());
            webhooks.failed(webhook.id(), delivery, null);
            return;
        }
        Duration pause = settings.pause(delivery.attempt());
        Duration asked =
                outcome.retryAfter()
                        .filter(time -> time.compareTo(settings.lastRetry()) <= 0)
                        .orElse(Duration.ZERO);
        Duration longer = asked.compareTo(pause) > 0 ? asked : pause;
        // so that receivers that went down together are not all called on at the same moment
        long jitter = ThreadLocalRandom.current().nextLong(longer.toMillis() / 4 + 1);
        webhooks.failed(webhook.id(), delivery, clock.instant().plus(longer).plusMillis(jitter));
    }
}
