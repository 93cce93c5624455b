package dev.twofold.catalog.kafka;

import dev.twofold.kafka.Relay;
import dev.twofold.kafka.RelayStatus;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/// What a relay does, as metrics. Each node tells of itself: `twofold.relay.active` is 1 on one of
/// them, whose lag counts.
record RelayMetrics(Relay relay) implements MeterBinder {

    @Override
    public void bindTo(MeterRegistry registry) {
        gauge(registry, "active", null, "1 on the node that relays", s -> s.active() ? 1 : 0);
        gauge(
                registry,
                "position",
                null,
                "Up to where the topics have the log",
                RelayStatus::position);
        gauge(registry, "lag", "events", "Positions not relayed", RelayStatus::lag);
        gauge(
                registry,
                "lag.time",
                "seconds",
                "For how long the next event has waited",
                s -> s.behind().toNanos() / 1e9);
        gauge(
                registry,
                "failing",
                null,
                "1 while something keeps it from going on; health says what",
                s -> s.failure() == null ? 0 : 1);
        FunctionCounter.builder("twofold.relay.published", relay, r -> r.status().published())
                .description("Events that this node has published")
                .baseUnit("events")
                .register(registry);
    }

    private void gauge(
            MeterRegistry registry,
            String name,
            @Nullable String unit,
            String description,
            ToDoubleFunction<RelayStatus> value) {
        Gauge.builder("twofold.relay." + name, relay, r -> value.applyAsDouble(r.status()))
                .description(description)
                .baseUnit(unit)
                .register(registry);
    }
}
