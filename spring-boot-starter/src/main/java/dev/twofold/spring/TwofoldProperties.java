package dev.twofold.spring;

import dev.twofold.postgres.ReplicaLimits;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
        @DefaultValue Readings metrics,
        @DefaultValue Reads replicas) {

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
        wrong.addAll(replicas.wrong());
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
    /// @param maxParked How many events of a projection may be parked.
    record Limits(
            @DefaultValue("100000") long maxLag,
            @DefaultValue("1m") Duration maxLagTime,
            @DefaultValue("0") long maxParked) {}

    /// How projections are measured.
    ///
    /// @param interval How often the metrics of projections are read from the database.
    record Readings(@DefaultValue("10s") Duration interval) {}

    /// From where else than the data source views are read.
    ///
    /// @param urls JDBC URLs of streaming replicas, one server each. Where a URL names no user, the
    ///   data source's is taken.
    /// @param connections To each replica, at most.
    /// @param maxLag How long ago the primary may have written what a replica that is read has not
    ///   replayed yet.
    /// @param interval How often each server is looked at.
    /// @param timeout For how long a replica that says nothing is waited for, in whole seconds.
    /// @param statementTimeout After what time a server stops a statement of a read, in
    ///   milliseconds at the finest; 0 for never. With a limit, reads of the primary have as many
    ///   connections of their own as those of a replica, on which nothing can be changed.
    record Reads(
            @DefaultValue List<String> urls,
            @DefaultValue("16") int connections,
            @DefaultValue("30s") Duration maxLag,
            @DefaultValue("1s") Duration interval,
            @DefaultValue("10s") Duration timeout,
            @DefaultValue("0s") Duration statementTimeout) {
        private static final Pattern URL =
                Pattern.compile("jdbc:postgresql://([^/,?@]+)/([^?@]*)([?].*)?");

        Reads {
            urls = List.copyOf(urls);
        }

        private List<String> wrong() {
            List<String> wrong = new ArrayList<>();
            Set<String> names = new HashSet<>();
            for (String url : urls) {
                String shown = url.replaceFirst("(?s)(//.*@|[?]).*", "…");
                if (!URL.matcher(url).matches()) {
                    wrong.add(
                            TwofoldProperties.wrong(
                                    "replicas.urls",
                                    "jdbc:postgresql://HOST:PORT/DATABASE with one host each",
                                    shown));
                } else if (!names.add(name(url))) {
                    wrong.add("twofold.replicas.urls has %s twice".formatted(name(url)));
                }
            }
            if (connections < 2) {
                wrong.add(
                        TwofoldProperties.wrong("replicas.connections", "2 or more", connections));
            }
            if (!maxLag.isPositive()) {
                wrong.add(TwofoldProperties.wrong("replicas.max-lag", "above 0", maxLag));
            }
            if (!interval.isPositive()) {
                wrong.add(TwofoldProperties.wrong("replicas.interval", "above 0", interval));
            }
            if (statementTimeout.isNegative()
                    || (!statementTimeout.isZero() && statementTimeout.toMillis() == 0)) {
                wrong.add(
                        TwofoldProperties.wrong(
                                "replicas.statement-timeout",
                                "0, or a millisecond or more",
                                statementTimeout));
            }
            if (timeout.toSeconds() < 1) {
                wrong.add(TwofoldProperties.wrong("replicas.timeout", "a second or more", timeout));
            }
            return wrong;
        }

        /// The host, and port if it is given, for logs and metrics.
        static String name(String url) {
            Matcher parts = URL.matcher(url);
            return parts.matches() ? parts.group(1) : url;
        }

        ReplicaLimits limits() {
            return new ReplicaLimits(maxLag, interval, interval.multipliedBy(3));
        }
    }
}
