package dev.twofold.catalog.kafka;

import dev.twofold.kafka.FeedStatus;
import dev.twofold.kafka.KafkaLog;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/// How far a node has followed the log in its topics, as metrics.
record FeedMetrics(KafkaLog log) implements MeterBinder {

    @Override
    public void bindTo(MeterRegistry registry) {
        gauge(
                registry,
                "position",
                null,
                "Up to where the topics have been read",
                FeedStatus::position);
        gauge(registry, "lag", "records", "Records not read", FeedStatus::unread);
        gauge(
                registry,
                "silence",
                "seconds",
                "Since the relay wrote what was read last; it repeats itself every 30 s",
                status -> silence(status.heard()));
        gauge(
                registry,
                "failing",
                null,
                "1 while something keeps it from going on; health says what",
                status -> status.failure() == null ? 0 : 1);
    }

    private static double silence(@Nullable Instant heard) {
        return heard == null
                ? Double.NaN
                : Duration.between(heard, Clock.systemUTC().instant()).toMillis() / 1e3;
    }

    private void gauge(
            MeterRegistry registry,
            String name,
            @Nullable String unit,
            String description,
            ToDoubleFunction<FeedStatus> value) {
        Gauge.builder("twofold.feed." + name, log, l -> value.applyAsDouble(l.status()))
                .description(description)
                .baseUnit(unit)
                .register(registry);
    }
}
