package dev.twofold.spring;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// The properties `twofold.*`. What is wrong with them is said all at once.
///
/// @param migrate Whether to create the tables of the log and the projections at start, or to bring
///   them up to date.
@ConfigurationProperties("twofold")
record TwofoldProperties(
        @DefaultValue("true") boolean migrate,
        @DefaultValue Work projections,
        @DefaultValue Limits health,
        @DefaultValue Readings metrics) {

    TwofoldProperties {
        List<String> wrong = new ArrayList<>();
        if (projections.atOnce < 1) {
            wrong.add(wrong("projections.at-once", "1 or more", projections.atOnce));
        }
        if (health.maxLag < 0) {
            wrong.add(wrong("health.max-lag", "0 or more events", health.maxLag));
        }
        if (health.maxLagTime.isNegative()) {
            wrong.add(wrong("health.max-lag-time", "0 or more", health.maxLagTime));
        }
        if (health.maxParked < 0) {
            wrong.add(wrong("health.max-parked", "0 or more events", health.maxParked));
        }
        if (!metrics.interval.isPositive()) {
            wrong.add(wrong("metrics.interval", "above 0", metrics.interval));
        }
        if (!wrong.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", wrong));
        }
    }

    private static String wrong(String property, String right, Object value) {
        return "twofold.%s must be %s, but was %s".formatted(property, right, value);
    }

    /// How projections are kept up to date.
    ///
    /// @param enabled Whether this process takes the log into the projections. One that does not
    ///   can still wait for them, and look after them.
    /// @param atOnce How many batches are done at once, at most. Each takes one connection of the
    ///   data source, or two.
    /// @param readyWhenCaughtUp Whether the application is ready only when its projections have
    ///   taken in the log up to where it ended at start, or cannot go on.
    record Work(
            @DefaultValue("true") boolean enabled,
            @DefaultValue("4") int atOnce,
            @DefaultValue("true") boolean readyWhenCaughtUp) {}

    /// Beyond what the projections are unwell.
    ///
    /// @param maxLag How many events a projection may be behind.
    /// @param maxLagTime For how long an event may wait to be taken in.
    /// @param maxParked How many events of a projection may be set aside.
    record Limits(
            @DefaultValue("100000") long maxLag,
            @DefaultValue("1m") Duration maxLagTime,
            @DefaultValue("0") long maxParked) {}

    /// How projections are measured.
    ///
    /// @param interval How often the metrics of projections are read from the database.
    record Readings(@DefaultValue("10s") Duration interval) {}
}
