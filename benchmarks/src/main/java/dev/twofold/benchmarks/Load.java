package dev.twofold.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.HdrHistogram.Histogram;

/// What a closed loop of callers got done.
///
/// @param latency of each call in microseconds, as its caller saw it
record Load(Duration time, Histogram latency) {
    private static final int DIGITS = 3;

    double perSecond() {
        return latency.getTotalCount() / (time.toNanos() / 1e9);
    }

    double millis(double percentile) {
        return latency.getValueAtPercentile(percentile) / 1e3;
    }

    static Histogram histogram() {
        return new Histogram(DIGITS);
    }

    /// Callers on virtual threads, each of which calls again as soon as its last call returned.
    static Load during(Duration time, int callers, Runnable call) {
        CountDownLatch ready = new CountDownLatch(callers);
        CountDownLatch start = new CountDownLatch(1);
        List<Future<Histogram>> loops = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < callers; i++) {
                loops.add(
                        threads.submit(
                                () -> {
                                    ready.countDown();
                                    start.await();
                                    return loop(System.nanoTime() + time.toNanos(), call);
                                }));
            }
            ready.await();
            long begin = System.nanoTime();
            start.countDown();
            Histogram latency = histogram();
            for (Future<Histogram> loop : loops) {
                latency.add(loop.get());
            }
            return new Load(Duration.ofNanos(System.nanoTime() - begin), latency);
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException("a caller failed", e);
        }
    }

    /// Makes this many calls, unmeasured.
    static void times(int callers, int calls, Runnable call) {
        AtomicInteger left = new AtomicInteger(calls);
        List<Future<?>> loops = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < callers; i++) {
                loops.add(
                        threads.submit(
                                () -> {
                                    while (left.getAndDecrement() > 0) {
                                        call.run();
                                    }
                                }));
            }
            for (Future<?> loop : loops) {
                loop.get();
            }
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException("a caller failed", e);
        }
    }

    private static Histogram loop(long end, Runnable call) {
        Histogram latency = histogram();
        long before = System.nanoTime();
        while (before < end) {
            call.run();
            long after = System.nanoTime();
            latency.recordValue((after - before) / 1_000);
            before = after;
        }
        return latency;
    }
}
