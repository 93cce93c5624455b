package dev.twofold.postgres;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// The last position of the log as far as this process knows, and a place to wait for the next.
final class Head {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition moved = lock.newCondition();
    private volatile long position;

    /// Takes note that a position is committed.
    void advanceTo(long committed) {
        if (committed <= position) {
            return;
        }
        lock.lock();
        try {
            if (committed > position) {
                position = committed;
                moved.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /// Returns the last known position, as soon as it lies beyond the given one or the time is up.
    long awaitBeyond(long reached, Duration max) throws InterruptedException {
        long left = max.toNanos();
        lock.lockInterruptibly();
        try {
            while (position <= reached && left > 0) {
                left = moved.awaitNanos(left);
            }
            return position;
        } finally {
            lock.unlock();
        }
    }
}
