package dev.twofold.spring;

import dev.twofold.postgres.ReplicaStatus;
import dev.twofold.postgres.ReplicaStatus.State;
import dev.twofold.postgres.Replicas;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/// Whether each replica is read: down when one is not, with why. Queries are answered all the same.
final class ReplicaHealth extends AbstractHealthIndicator {
    private final Replicas replicas;

    ReplicaHealth(Replicas replicas) {
        super("the replicas' state cannot be told");
        this.replicas = replicas;
    }

    @Override
    protected void doHealthCheck(Health.Builder health) {
        List<ReplicaStatus> all = replicas.status();
        List<String> alarms =
                all.stream()
                        .filter(replica -> replica.state() != State.FOLLOWING)
                        .filter(replica -> replica.state() != State.UNKNOWN)
                        .map(replica -> "%s: %s".formatted(replica.name(), replica.reason()))
                        .toList();
        if (alarms.isEmpty()) {
            health.up();
        } else {
            health.down().withDetail("alarms", alarms);
        }
        health.withDetail("replicas", all.stream().map(ReplicaHealth::details).toList());
    }

    private static Map<String, Object> details(ReplicaStatus status) {
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("replica", status.name());
        details.put("state", status.state().name().toLowerCase(Locale.ROOT).replace('_', ' '));
        details.put("position", status.position());
        details.put("lag", status.lag());
        details.put("lagBytes", status.lagBytes());
        details.put("lagTime", status.lagTime());
        details.put("streaming", status.streaming());
        details.put("paused", status.paused());
        return details;
    }
}
