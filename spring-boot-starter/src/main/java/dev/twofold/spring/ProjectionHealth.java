package dev.twofold.spring;

import dev.twofold.postgres.PartitionStatus;
import dev.twofold.postgres.ProjectionLimits;
import dev.twofold.postgres.Projections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/// Whether the projections keep up: down when one stands still or is beyond a limit, with why.
final class ProjectionHealth extends AbstractHealthIndicator {
    private final Projections projections;
    private final ProjectionLimits limits;

    ProjectionHealth(Projections projections, ProjectionLimits limits) {
        super("the projections' state cannot be read");
        this.projections = projections;
        this.limits = limits;
    }

    @Override
    protected void doHealthCheck(Health.Builder health) {
        List<PartitionStatus> status = projections.status();
        List<String> alarms = limits.alarms(projections.names(), status);
        if (alarms.isEmpty()) {
            health.up();
        } else {
            health.down().withDetail("alarms", alarms);
        }
        health.withDetail("partitions", status.stream().map(ProjectionHealth::details).toList());
    }

    private static Map<String, Object> details(PartitionStatus status) {
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("projection", status.projection());
        details.put("generation", status.generation());
        details.put("role", status.role());
        details.put("partition", status.partition());
        details.put("position", status.position());
        details.put("lag", status.lag());
        details.put("lagTime", status.lagTime());
        details.put("rate", status.rate());
        details.put("batch", status.batch());
        details.put("parked", status.parked());
        details.put("retried", status.retried());
        details.put("pending", status.pending());
        if (status.node() != null) {
            details.put("owner", status.node());
        }
        if (status.reason() != null) {
            details.put("stoppedBecause", status.reason());
        }
        return details;
    }
}
