package dev.twofold.benchmarks;

import java.time.Duration;

/// What one contender did in one round, and the processor time that it and the server took for it.
record Sample(Load load, Cpu taken) {

    double perSecond() {
        return load.perSecond();
    }

    double p50() {
        return load.millis(50);
    }

    double p99() {
        return load.millis(99);
    }

    /// Microseconds for each call, as the following two.
    double cpu() {
        return clientCpu() + serverCpu();
    }

    double clientCpu() {
        return each(taken.client());
    }

    double serverCpu() {
        return each(taken.server());
    }

    private double each(Duration time) {
        return time.toNanos() / 1e3 / load.latency().getTotalCount();
    }
}
