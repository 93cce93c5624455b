package dev.twofold.kafka;

import dev.twofold.RecordedEvent;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/// A place in a log, from which its events are read one after the other. Not safe for use by many
/// threads.
final class Cursor implements AutoCloseable {
    private final PartitionMerge merge;
    private final Deque<RecordedEvent> ready = new ArrayDeque<>();

    Cursor(PartitionMerge merge) {
        this.merge = merge;
    }

    /// Up to where nothing is left to be read here.
    long position() {
        RecordedEvent first = ready.peek();
        return first == null ? merge.complete() : first.position() - 1;
    }

    /// The next event that is at hand.
    @Nullable RecordedEvent next() {
        return ready.poll();
    }

    /// Waits for more to be at hand.
    void fill(Duration timeout) {
        ready.addAll(merge.poll(timeout));
    }

    @Override
    public void close() {
        merge.close();
    }
}
