package dev.twofold.catalog.kafka;

import dev.twofold.kafka.FeedStatus;
import dev.twofold.kafka.KafkaLog;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/// Whether the log is followed in its topics: up, or `DEGRADED` while something keeps it from that,
/// such as a broker that is away. The views answer as they are meanwhile.
final class FeedHealth extends AbstractHealthIndicator {
    private final KafkaLog log;

    FeedHealth(KafkaLog log) {
        this.log = log;
    }

    @Override
    protected void doHealthCheck(Health.Builder health) {
        FeedStatus status = log.status();
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("position", status.position());
        details.put("unread", status.unread());
        if (status.heard() != null) {
            details.put("heard", status.heard());
        }
        if (status.failure() == null) {
            health.up();
        } else {
            health.status(RelayHealth.DEGRADED);
            details.put("because", status.failure());
        }
        health.withDetails(details);
    }
}
