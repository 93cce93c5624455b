package dev.twofold.redis;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/// Keeps calls from something that does not answer.
///
/// After some failures in a row it lets none through for a while; then one, which decides. Safe for
/// use by many threads.
final class Breaker {
    private static final int CLOSED = 0;

    private final int failures;
    private final long pause;
    private final LongSupplier nanoTime;
    private final AtomicInteger inARow = new AtomicInteger();

    /// When the next call may be tried; 0 while all may.
    private final AtomicLong openUntil = new AtomicLong(CLOSED);

    Breaker(int failures, Duration pause, LongSupplier nanoTime) {
        this.failures = failures;
        this.pause = pause.toNanos();
        this.nanoTime = nanoTime;
    }

    /// Whether to make a call now. Who is told so says how it went.
    boolean allows() {
        long until = openUntil.get();
        if (until == CLOSED) {
            return true;
        }
        long now = nanoTime.getAsLong();
        return now - until >= 0 && openUntil.compareAndSet(until, later(now));
    }

    /// Whether it lets nothing through at present.
    boolean isOpen() {
        long until = openUntil.get();
        return until != CLOSED && nanoTime.getAsLong() - until < 0;
    }

    void succeeded() {
        if (inARow.get() > 0) {
            inARow.set(0);
        }
        if (openUntil.get() != CLOSED) {
            openUntil.set(CLOSED);
        }
    }

    void failed() {
        if (inARow.incrementAndGet() >= failures) {
            openUntil.set(later(nanoTime.getAsLong()));
        }
    }

    private long later(long now) {
        long until = now + pause;
        return until == CLOSED ? 1 : until;
    }
}
