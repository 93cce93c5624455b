package dev.twofold.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/// What calls at steady rates took, each from the moment at which it was meant to begin: a call
/// that waits for others before it has that counted.
///
/// @param latency in microseconds, of the calls that are measured
/// @param late how late they began, in microseconds: what callers on the same machine waited for a
///   processor themselves, which is in their latency
record OpenLoop(Histogram latency, Histogram late) {
    private static final Duration ASK = Duration.ofMillis(100);
    private static final int DIGITS = 3;

    /// @param perSecond how many begin a second
    /// @param measured whether its latency counts
    record Call(int perSecond, Runnable run, boolean measured) {}

    double millis(double percentile) {
        return latency.getValueAtPercentile(percentile) / 1e3;
    }

    double millisLate(double percentile) {
        return late.getValueAtPercentile(percentile) / 1e3;
    }

    /// Makes the calls, each on a virtual thread of its own, for as long as is wanted.
    ///
    /// @throws IllegalStateException if one throws
    static OpenLoop run(BooleanSupplier goOn, Call... calls) {
        Histogram latency = new ConcurrentHistogram(DIGITS);
        Histogram late = new ConcurrentHistogram(DIGITS);
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        List<Thread> clocks = new ArrayList<>();
        Running running = new Running();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Call call : calls) {
                clocks.add(
                        Thread.ofPlatform()
                                .name("benchmark-clock")
                                .start(() -> running.tick(call, threads, latency, late, failure)));
            }
            while (goOn.getAsBoolean() && failure.get() == null) {
                LockSupport.parkNanos(ASK.toNanos());
            }
            running.on = false;
            for (Thread clock : clocks) {
                clock.join();
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        if (failure.get() != null) {
            throw new IllegalStateException("a call failed", failure.get());
        }
        return new OpenLoop(latency, late);
    }

    private static final class Running {
        private volatile boolean on = true;

        void tick(
                Call call,
                ExecutorService threads,
                Histogram latency,
                Histogram late,
                AtomicReference<@Nullable Throwable> failure) {
            long begin = System.nanoTime();
            for (long n = 0; on; n++) {
                long due = begin + n * 1_000_000_000L / call.perSecond();
                for (long left = due - System.nanoTime();
                        left > 0;
                        left = due - System.nanoTime()) {
                    LockSupport.parkNanos(left);
                }
                threads.execute(
                        () -> {
                            long began = System.nanoTime();
                            try {
                                call.run().run();
                                if (call.measured()) {
                                    late.recordValue((began - due) / 1_000);
                                    latency.recordValue((System.nanoTime() - due) / 1_000);
                                }
                            } catch (RuntimeException | Error e) {
                                failure.compareAndSet(null, e);
                            }
                        });
            }
        }
    }
}
