package dev.twofold.postgres;

import dev.twofold.EventTypes;
import dev.twofold.Recorded;
import dev.twofold.ViewFold.Detour;
import java.sql.Connection;
import java.util.List;
import java.util.function.Consumer;

/// Hands events to code that acts outside the database: each at least once, in order.
///
/// An event is handed over again if its process is lost before the checkpoint has moved past it.
final class Subscription<E> extends Projection<E> {
    private final Consumer<Recorded<E>> handler;
    private long handledUpTo;

    Subscription(String name, EventTypes<E> types, Consumer<Recorded<E>> handler) {
        super(name, 1, types);
        this.handler = handler;
    }

    @Override
    BatchSize batchSize() {
        return new BatchSize(1, 1_000);
    }

    @Override
    boolean rebuildable() {
        return false;
    }

    @Override
    String fingerprint() {
        return "";
    }

    @Override
    void create(Connection connection, int generation) {
        // keeps nothing but its checkpoint
    }

    @Override
    void drop(Connection connection, int generation) {
        // keeps nothing but its checkpoint
    }

    @Override
    void serve(Connection connection, int generation) {
        // answers no queries
    }

    /// Passes over what was handled before the checkpoint could not be moved.
    @Override
    void apply(Connection connection, int generation, List<Recorded<E>> events, Detour detour)
            throws EventFailure {
        for (Recorded<E> event : events) {
            if (event.position() > handledUpTo) {
                try {
                    handler.accept(event);
                } catch (RuntimeException e) {
                    handledUpTo = event.position() - 1;
                    throw new EventFailure(event.position(), e);
                }
            }
        }
        handledUpTo = events.getLast().position();
    }
}
