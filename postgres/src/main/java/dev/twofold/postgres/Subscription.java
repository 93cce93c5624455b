package dev.twofold.postgres;

import dev.twofold.EventTypes;
import dev.twofold.Recorded;
import dev.twofold.ViewFold.Detour;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/// Hands events to code that acts outside the database: each at least once, in order.
///
/// An event is handed over again if its process is lost before the checkpoint has moved past it.
final class Subscription<E> extends Projection<E> {
    private final EventFilter filter;
    private final Consumer<Recorded<E>> handler;
    private final Map<Partition, Long> handledUpTo = new ConcurrentHashMap<>();

    Subscription(
            String name, EventTypes<E> types, EventFilter filter, Consumer<Recorded<E>> handler) {
        super(name, 1, types);
        this.filter = filter;
        this.handler = handler;
    }

    @Override
    BatchSize batchSize() {
        return new BatchSize(1, 1_000);
    }

    @Override
    EventFilter filter() {
        return filter;
    }

    @Override
    Duration patience() {
        return Duration.ofMinutes(1);
    }

    @Override
    boolean rebuildable() {
        return false;
    }

    @Override
    String madeBy() {
        return "";
    }

    @Override
    void create(Connection connection, int generation) {
        // keeps nothing but its checkpoint
    }

    @Override
    void drop(Connection connection, int generation, int partitions) {
        // keeps nothing but its checkpoint
    }

    @Override
    void analyze(Connection connection, int generation) {
        // keeps nothing but its checkpoint
    }

    @Override
    void serve(Connection connection, int generation) {
        // answers no queries
    }

    /// Passes over what was handled before the checkpoint could not be moved.
    @Override
    Statements apply(
            Connection connection,
            Partition partition,
            List<Recorded<E>> events,
            Detour detour,
            Spreading<E> spreading,
            Prefetch fetched)
            throws EventFailure {
        long handled = handledUpTo.getOrDefault(partition, 0L);
        for (Recorded<E> event : events) {
            if (event.position() > handled && partition.has(event)) {
                try {
                    handler.accept(event);
                } catch (RuntimeException e) {
                    handledUpTo.put(partition, event.position() - 1);
                    throw new EventFailure(event.position(), e);
                }
            }
        }
        handledUpTo.put(partition, events.getLast().position());
        return new Statements();
    }
}
