package dev.twofold.spring;

import dev.twofold.EventStoreException;
import dev.twofold.postgres.PartitionStatus;
import dev.twofold.postgres.Projections;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;

/// Gauges for each partition of each generation of each projection in the database, read every so
/// often by a thread of its own.
///
/// Each node tells the same of all partitions, whoever takes them in. While the database cannot be
/// read there are none, rather than old ones.
final class ProjectionMetrics implements MeterBinder, SmartLifecycle {
    private static final System.Logger LOG = System.getLogger(ProjectionMetrics.class.getName());

    private final Projections projections;
    private final Duration interval;
    private final List<Gauge> gauges = new CopyOnWriteArrayList<>();
    private final List<MultiGauge> owners = new CopyOnWriteArrayList<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    private @Nullable Thread thread;

    ProjectionMetrics(Projections projections, Duration interval) {
        this.projections = projections;
        this.interval = interval;
    }

    private record Gauge(MultiGauge gauge, ToDoubleFunction<PartitionStatus> value) {}

    @Override
    public void bindTo(MeterRegistry registry) {
        add(
                registry,
                "position",
                null,
                "Up to where the log is taken in",
                PartitionStatus::position);
        add(registry, "lag", "events", "Events not taken in", PartitionStatus::lag);
        add(
                registry,
                "lag.time",
                "seconds",
                "For how long the next event has waited",
                status -> status.lagTime().toNanos() / 1e9);
        add(registry, "rate", "events", "Positions of the log a second", PartitionStatus::rate);
        add(registry, "batch", "events", "Events of the last batch", PartitionStatus::batch);
        add(
                registry,
                "parked",
                "events",
                "Events set aside until someone has looked into them",
                PartitionStatus::parked);
        add(
                registry,
                "retried",
                "events",
                "Events set aside and tried again unasked",
                PartitionStatus::retried);
        add(
                registry,
                "pending",
                "events",
                "Events not folded into all of their documents yet",
                PartitionStatus::pending);
        add(
                registry,
                "stopped",
                null,
                "1 if it stands still before someone has looked into it",
                status -> status.reason() == null ? 0 : 1);
        owners.add(
                MultiGauge.builder("twofold.projection.owner")
                        .description("1 for the node that did the last batch")
                        .register(registry));
    }

    private void add(
            MeterRegistry registry,
            String name,
            @Nullable String unit,
            String description,
            ToDoubleFunction<PartitionStatus> value) {
        gauges.add(
                new Gauge(
                        MultiGauge.builder("twofold.projection." + name)
                                .description(description)
                                .baseUnit(unit)
                                .register(registry),
                        value));
    }

    /// Reads once, if there is a registry to tell.
    void read() {
        if (gauges.isEmpty()) {
            return;
        }
        List<PartitionStatus> all;
        try {
            all = projections.status();
        } catch (EventStoreException e) {
            LOG.log(System.Logger.Level.DEBUG, "projections are not measured", e);
            all = List.of();
        }
        for (Gauge gauge : gauges) {
            List<Row<?>> rows = new ArrayList<>();
            for (PartitionStatus status : all) {
                rows.add(Row.of(tags(status), status, gauge.value));
            }
            gauge.gauge.register(rows, true);
        }
        for (MultiGauge owner : owners) {
            List<Row<?>> rows = new ArrayList<>();
            for (PartitionStatus status : all) {
                if (status.node() != null) {
                    rows.add(Row.of(tags(status).and("node", status.node()), 1));
                }
            }
            owner.register(rows, true);
        }
    }

    private static Tags tags(PartitionStatus status) {
        return Tags.of(
                "projection", status.projection(),
                "generation", Integer.toString(status.generation()),
                "role", status.role(),
                "partition", Integer.toString(status.partition()));
    }

    @Override
    public void start() {
        thread = Thread.ofVirtual().name("twofold-metrics-1").start(this::run);
    }

    private void run() {
        try {
            do {
                read();
            } while (!closed.await(interval.toNanos(), TimeUnit.NANOSECONDS));
        } catch (InterruptedException e) {
            LOG.log(System.Logger.Level.DEBUG, "projections are not measured any more");
        }
    }

    @Override
    public void stop() {
        closed.countDown();
        Thread running = thread;
        if (running != null) {
            running.interrupt();
            try {
                running.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        thread = null;
    }

    @Override
    public boolean isRunning() {
        return thread != null;
    }

    @Override
    public boolean isPauseable() {
        return false;
    }

    @Override
    public int getPhase() {
        return 1; // after the projections, and before they stop
    }
}
