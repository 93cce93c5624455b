package dev.twofold.spring;

import dev.twofold.postgres.ReplicaStatus;
import dev.twofold.postgres.ReplicaStatus.State;
import dev.twofold.postgres.Replicas;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/// Reads by the server that was asked and what came of it, and how each replica is.
final class ReplicaMetrics implements MeterBinder {
    private final Replicas replicas;

    ReplicaMetrics(Replicas replicas) {
        this.replicas = replicas;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        FunctionCounter.builder("twofold.reads", replicas, Replicas::answeredByPrimary)
                .tag("source", "primary")
                .tag("outcome", "answered")
                .description("Reads by the server asked and what came of it")
                .register(registry);
        for (ReplicaStatus status : replicas.status()) {
            String name = status.name();
            reads(registry, name, "answered", ReplicaStatus::answered);
            reads(registry, name, "behind", ReplicaStatus::behind);
            reads(registry, name, "failed", ReplicaStatus::failed);
            reads(registry, name, "refused", ReplicaStatus::refused);
            gauge(registry, name, "lag", "events", ReplicaStatus::lag);
            gauge(registry, name, "lag.wal", "bytes", ReplicaStatus::lagBytes);
            gauge(
                    registry,
                    name,
                    "lag.time",
                    "seconds",
                    replica -> replica.lagTime().toNanos() / 1e9);
            gauge(registry, name, "position", null, ReplicaStatus::position);
            gauge(registry, name, "streaming", null, replica -> replica.streaming() ? 1 : 0);
            for (State state : State.values()) {
                Gauge.builder("twofold.replica.state", () -> of(name).state() == state ? 1 : 0)
                        .tag("replica", name)
                        .tag("state", state.name().toLowerCase(Locale.ROOT).replace('_', '-'))
                        .description("1 for the state that the replica is in")
                        .register(registry);
            }
        }
    }

    private void reads(
            MeterRegistry registry,
            String name,
            String outcome,
            ToLongFunction<ReplicaStatus> count) {
        FunctionCounter.builder("twofold.reads", replicas, _ -> count.applyAsLong(of(name)))
                .tag("source", name)
                .tag("outcome", outcome)
                .description("Reads by the server asked and what came of it")
                .register(registry);
    }

    private void gauge(
            MeterRegistry registry,
            String name,
            String gauge,
            @Nullable String unit,
            ToDoubleFunction<ReplicaStatus> value) {
        Gauge.builder("twofold.replica." + gauge, () -> value.applyAsDouble(of(name)))
                .tag("replica", name)
                .baseUnit(unit)
                .register(registry);
    }

    private ReplicaStatus of(String name) {
        return replicas.status().stream()
                .filter(status -> status.name().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
