package dev.twofold.postgres;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// The appends that wait for the call in flight to return, in order of arrival; bounded.
final class AppendQueue {
    private final int capacity;
    private final long maxLength;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<PendingAppend> waiting = new ArrayDeque<>();
    private long length;
    private boolean closed;

    /// @param capacity the most appends to hold
    /// @param maxLength the most characters of data to hold; one append alone may have more
    AppendQueue(int capacity, long maxLength) {
        this.capacity = capacity;
        this.maxLength = maxLength;
    }

    /// Whether there was room.
    ///
    /// @throws IllegalStateException if the queue is closed
    boolean offer(PendingAppend append) {
        lock.lock();
        try {
            if (closed) {
                throw new IllegalStateException(
                        "the event store is closed, so nothing was appended; open a new one");
            }
            boolean tooLong = !waiting.isEmpty() && length + append.length() > maxLength;
            if (waiting.size() >= capacity || tooLong) {
                return false;
            }
            waiting.add(append);
            length += append.length();
            changed.signal();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /// Returns what was taken but not settled to the front, though there may be no room for it.
    void putBack(List<PendingAppend> appends) {
        lock.lock();
        try {
            for (PendingAppend append : appends.reversed()) {
                waiting.addFirst(append);
                length += append.length();
            }
        } finally {
            lock.unlock();
        }
    }

    /// Whether the append was still waiting; it is not any more.
    boolean remove(PendingAppend append) {
        lock.lock();
        try {
            boolean removed = waiting.remove(append);
            if (removed) {
                length -= append.length();
            }
            return removed;
        } finally {
            lock.unlock();
        }
    }

    /// Takes what goes together as the next call, waiting for the first append; empty when the
    /// queue is closed and drained.
    List<PendingAppend> take(int maxAppends, long maxBatchLength) {
        lock.lock();
        try {
            while (waiting.isEmpty() && !closed) {
                changed.awaitUninterruptibly();
            }
            List<PendingAppend> batch = new ArrayList<>();
            long batchLength = 0;
            while (batch.size() < maxAppends && !waiting.isEmpty()) {
                PendingAppend next = waiting.getFirst();
                if (!batch.isEmpty() && batchLength + next.length() > maxBatchLength) {
                    break;
                }
                batchLength += next.length();
                batch.add(waiting.removeFirst());
            }
            length -= batchLength;
            return batch;
        } finally {
            lock.unlock();
        }
    }

    int size() {
        lock.lock();
        try {
            return waiting.size();
        } finally {
            lock.unlock();
        }
    }

    /// Takes no further append; those that wait stay to be taken.
    void close() {
        lock.lock();
        try {
            closed = true;
            changed.signal();
        } finally {
            lock.unlock();
        }
    }
}
