package dev.twofold.catalog.kafka;

import dev.twofold.kafka.Relay;
import dev.twofold.kafka.RelayStatus;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/// Whether the log is relayed: up, on the active node and on those that stand by, or `DEGRADED`
/// while something keeps it from that, such as a broker that is away. The node does all else.
final class RelayHealth extends AbstractHealthIndicator {
    static final String DEGRADED = "DEGRADED";

    private final Relay relay;

    RelayHealth(Relay relay) {
        this.relay = relay;
    }

    @Override
    protected void doHealthCheck(Health.Builder health) {
        RelayStatus status = relay.status();
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("state", status.active() ? "active" : "standby");
        details.put("term", status.term());
        details.put("position", status.position());
        details.put("lag", status.lag());
        details.put("lagTime", status.behind());
        details.put("published", status.published());
        if (status.failure() == null) {
            health.up();
        } else {
            health.status(DEGRADED);
            details.put("because", status.failure());
        }
        health.withDetails(details);
    }
}
