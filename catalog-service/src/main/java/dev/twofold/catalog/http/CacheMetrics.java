package dev.twofold.catalog.http;

import dev.twofold.redis.CacheStatus;
import dev.twofold.redis.DocumentCache;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.function.ToLongFunction;

/// What a cache does, as metrics: `twofold.cache.answers` by where they were found,
/// `twofold.cache.far` by what went wrong with Redis, and how much is kept near.
///
/// @param view whose documents it keeps
public record CacheMetrics(String view, DocumentCache cache) implements MeterBinder {

    @Override
    public void bindTo(MeterRegistry registry) {
        counter(registry, "twofold.cache.answers", "found", "near", CacheStatus::near);
        counter(registry, "twofold.cache.answers", "found", "far", CacheStatus::far);
        counter(registry, "twofold.cache.answers", "found", "source", CacheStatus::loads);
        counter(registry, "twofold.cache.far", "outcome", "failed", CacheStatus::farFailures);
        counter(registry, "twofold.cache.far", "outcome", "avoided", CacheStatus::farAvoided);
        counter(registry, "twofold.cache.flushes", "layer", "near", CacheStatus::flushes);
        gauge(registry, "twofold.cache.bytes", CacheStatus::bytes);
        gauge(registry, "twofold.cache.documents", CacheStatus::documents);
        gauge(registry, "twofold.cache.position", CacheStatus::upTo);
        gauge(registry, "twofold.cache.tracking", status -> status.tracking() ? 1 : 0);
    }

    private void counter(
            MeterRegistry registry,
            String name,
            String tag,
            String value,
            ToLongFunction<CacheStatus> count) {
        FunctionCounter.builder(name, cache, c -> count.applyAsLong(c.status()))
                .tag("view", view)
                .tag(tag, value)
                .register(registry);
    }

    private void gauge(MeterRegistry registry, String name, ToLongFunction<CacheStatus> size) {
        Gauge.builder(name, cache, c -> size.applyAsLong(c.status()))
                .tag("view", view)
                .register(registry);
    }
}
