package dev.twofold.redis;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One load of a document, for all in this process who wait for it.
final class Flight {
    private final CountDownLatch landed = new CountDownLatch(1);
    private final Semaphore heard = new Semaphore(0);
    private volatile boolean overtaken;
    private volatile @Nullable Answer answer;

    /// Says that the document has changed since.
    void overtake() {
        overtaken = true;
        heard.release();
    }

    boolean isOvertaken() {
        return overtaken;
    }

    /// Begins again, as if nothing had been heard.
    void restart() {
        overtaken = false;
    }

    /// Waits until something is heard of the document, for a while; false if the wait was cut
    /// short.
    boolean awaitNews(long nanos) {
        try {
            if (heard.tryAcquire(nanos, TimeUnit.NANOSECONDS)) {
                heard.drainPermits();
            }
            return true;
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    void land(@Nullable Answer brought) {
        answer = brought;
        landed.countDown();
    }

    /// What it has brought; null for nothing, or if the wait was cut short.
    @Nullable Answer await() {
        try {
            landed.await();
            return answer;
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return null;
        }
    }
}
