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
            long at = position.get();
            Delivery delivery = read(stream, at);
            boolean goesOn =
                    Transaction.run(
                            dataSource, connection -> hand(connection, stream, at, delivery));
            position = goesOn ? first(stream) : Optional.empty();
        }
    }

    private Optional<Long> first(DocumentName stream) throws SQLException {
        return Transaction.run(
                        dataSource,
                        connection -> Optional.ofNullable(parked.first(connection).get(stream)))
                .map(First::position);
    }

    /// Hands over what an event is read as, or fails as it cannot be read.
    private interface Delivery {
        void run() throws EventFailure;
    }

    private Delivery read(DocumentName stream, long position) {
        try {
            List<Recorded<E>> events = log.event(position);
            return () -> {
                for (Recorded<E> event : events) {
                    subscription.handle(event);
                }
            };
        } catch (IllegalStateException e) {
            EventFailure failure = new EventFailure(position, stream, e);
            return () -> {
                throw failure;
            };
        }
    }

    /// Whether there may be more to hand over.
    private boolean hand(
            Connection connection, DocumentName stream, long position, Delivery delivery)
            throws SQLException {
        if (parked.checkpoint().lockWaiting(connection, subscription.patience()).isEmpty()) {
            throw new IllegalStateException(
                    "subscription \"%s\" has been split otherwise; try again"
                            .formatted(subscription.name()));
        }
        First first = parked.first(connection).get(stream);
        if (first == null || first.position() != position) {
            return first != null; // another process was faster
        }
        try {
            delivery.run();
            parked.advance(connection, stream, position);
            return true;
        } catch (EventFailure failure) {
            parked.put(connection, new Parked(stream, failure), first.attempts() + 1, policy);
            return false;
        }
    }
}
