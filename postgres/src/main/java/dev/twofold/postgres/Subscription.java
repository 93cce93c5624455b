package dev.twofold.postgres;

import dev.twofold.EventTypes;
import dev.twofold.Recorded;
import dev.twofold.StreamId;
import java.sql.Connection;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Hands events to code that acts outside the database: each at least once, in order.
///
/// An event is handed over again if its process is lost before the checkpoint has moved past it.
/// One that the code fails at is tried in its turn first, and then set aside with the later ones of
/// its stream.
final class Subscription<E> extends Projection<E> {
    private final EventFilter filter;
    private final Consumer<Recorded<E>> handler;
    private final Map<Partition, Set<Handled>> handled = new ConcurrentHashMap<>();

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

    /// The code may depend on what is out of reach for a moment, and order is worth some patience.
    @Override
    int attemptsInTurn(FailurePolicy policy) {
        return policy.attempts();
    }

    /// Passes over what was handled before the checkpoint could not be moved.
    @Override
    Statements apply(
            Connection connection,
            Partition partition,
            List<Recorded<E>> events,
            Parking parking,
            Spreading<E> spreading,
            Prefetch fetched)
            throws EventFailure {
        Set<Handled> before = handled.computeIfAbsent(partition, _ -> new HashSet<>());
        long first = events.getFirst().position();
        before.removeIf(one -> one.position < first);
        Handled last = null;
        for (Recorded<E> event : events) {
            last = Handled.after(last, event.position());
            if (partition.has(event)
                    && !parking.passes(sequence(event), event.position())
                    && !before.contains(last)) {
                handle(event);
                before.add(last);
            }
        }
        return new Statements();
    }

    /// @throws EventFailure if the code throws
    void handle(Recorded<E> event) throws EventFailure {
        try {
            handler.accept(event);
        } catch (RuntimeException e) {
            throw new EventFailure(event.position(), sequence(event), e);
        }
    }

    /// The events that wait for each other: those of a stream, or of none.
    private DocumentName sequence(Recorded<E> event) {
        StreamId stream = event.stream();
        return new DocumentName(name(), stream == null ? "" : stream.toString());
    }

    /// One of the events that a stored one is read as.
    private record Handled(long position, int part) {
        static Handled after(@Nullable Handled last, long position) {
            return new Handled(
                    position, last != null && last.position == position ? last.part + 1 : 0);
        }
    }
}
