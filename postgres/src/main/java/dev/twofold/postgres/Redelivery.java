package dev.twofold.postgres;

import dev.twofold.EventFeed;
import dev.twofold.Recorded;
import dev.twofold.postgres.ParkedEvents.First;
import dev.twofold.postgres.Parking.Parked;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;

/// Hands what a subscription has set aside over again, each stream's events in order.
///
/// Each of them in a transaction of its own that holds the checkpoint, as a batch does. The log is
/// read before, so that no two connections are held at once.
final class Redelivery<E> {
    private final DataSource dataSource;
    private final Subscription<E> subscription;
    private final LogPages<E> log;
    private final ParkedEvents parked;
    private final FailurePolicy policy;

    Redelivery(
            DataSource dataSource,
            EventFeed feed,
            Subscription<E> subscription,
            Partition partition,
            FailurePolicy policy) {
        this.dataSource = dataSource;
        this.subscription = subscription;
        this.log = new LogPages<>(feed, subscription);
        this.parked = new ParkedEvents(subscription.name(), partition);
        this.policy = policy;
    }

    /// Lets a stream go on, until an event fails again or none waits.
    void resume(DocumentName stream) throws SQLException {
        Optional<Long> position = first(stream);
        while (position.isPresent()) {
            Event<E> event = read(stream, position.get());
            boolean goesOn =
                    Transaction.run(dataSource, connection -> handle(connection, stream, event));
            position = goesOn ? first(stream) : Optional.empty();
        }
    }

    private Optional<Long> first(DocumentName stream) throws SQLException {
        return Transaction.run(
                        dataSource,
                        connection -> Optional.ofNullable(parked.first(connection).get(stream)))
                .map(First::position);
    }

    /// What an event is read as, or why it cannot be read.
    private sealed interface Event<E> {
        long position();

        record Read<E>(long position, List<Recorded<E>> events) implements Event<E> {}

        record Unreadable<E>(long position, EventFailure failure) implements Event<E> {}
    }

    private Event<E> read(DocumentName stream, long position) {
        try {
            return new Event.Read<>(position, log.event(position));
        } catch (IllegalStateException e) {
            return new Event.Unreadable<>(position, new EventFailure(position, stream, e));
        }
    }

    /// Whether there may be more to hand over.
    private boolean handle(Connection connection, DocumentName stream, Event<E> event)
            throws SQLException {
        if (parked.checkpoint().lockWaiting(connection, subscription.patience()).isEmpty()) {
            throw new IllegalStateException(
                    "subscription \"%s\" has been split otherwise; try again"
                            .formatted(subscription.name()));
        }
        First first = parked.first(connection).get(stream);
        if (first == null || first.position() != event.position()) {
            return first != null; // another process was faster
        }
        try {
            switch (event) {
                case Event.Read<E>(_, var events) -> {
                    for (Recorded<E> each : events) {
                        subscription.handle(each);
                    }
                }
                case Event.Unreadable<E>(_, var failure) -> throw failure;
            }
            parked.advance(connection, stream, event.position());
            return true;
        } catch (EventFailure failure) {
            parked.put(connection, new Parked(stream, failure), first.attempts() + 1, policy);
            return false;
        }
    }
}
