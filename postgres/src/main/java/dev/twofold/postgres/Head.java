package dev.twofold.postgres;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;

/// The last position of the log as far as this process knows, and a place to wait for the next.
final class Head {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition moved = lock.newCondition();
    private final List<LongConsumer> listeners = new CopyOnWriteArrayList<>();
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
        listeners.forEach(listener -> listener.accept(committed));
    }

    long position() {
        return position;
    }

    void onAdvance(LongConsumer listener) {
        listeners.add(listener);
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
