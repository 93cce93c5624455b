package dev.twofold.catalog.cluster;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Waits for what has to come, and gives up only when it is certain that it does not.
final class Await {
    private static final Duration LONGEST = Duration.ofMinutes(2);
    private static final long LOOK = TimeUnit.MILLISECONDS.toNanos(50);

    private Await() {}

    interface Condition {
        boolean holds() throws InterruptedException;
    }

    static void until(String what, Condition condition) throws InterruptedException {
        long deadline = System.nanoTime() + LONGEST.toNanos();
        while (!condition.holds()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not after %s: %s".formatted(LONGEST, what));
            }
            LockSupport.parkNanos(LOOK);
        }
    }
}
