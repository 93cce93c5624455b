package dev.twofold.postgres;

import dev.twofold.Recorded;
import dev.twofold.ViewFold.Detour;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/// Takes the events that are set aside for one document into it, in order, as far as it goes.
///
/// The events are read before the transaction begins, so that no two connections are held at once.
/// Look-ups see what is there now, not what was there at the events.
final class Resumption<E> {
    private final DataSource dataSource;
    private final Projection<E> projection;
    private final LogPages<E> log;
    private final ParkedEvents parked;
    private final DocumentName document;

    Resumption(
            DataSource dataSource,
            Projection<E> projection,
            LogPages<E> log,
            ParkedEvents parked,
            DocumentName document) {
        this.dataSource = dataSource;
        this.projection = projection;
        this.log = log;
        this.parked = parked;
        this.document = document;
    }

    /// The failure that it ends with; null once nothing is set aside for the document any more.
    @Nullable EventFailure run() throws SQLException {
        while (true) {
            List<Long> positions =
                    Transaction.run(
                            dataSource, connection -> parked.positions(connection, document));
            if (positions.isEmpty()) {
                return null;
            }
            EventFailure failure = take(positions);
            if (failure != null) {
                return failure;
            }
        }
    }

    private @Nullable EventFailure take(List<Long> positions) throws SQLException {
        List<Recorded<E>> events = new ArrayList<>();
        @Nullable EventFailure undecodable = null;
        long upTo = positions.getLast();
        for (long position : positions) {
            try {
                events.addAll(log.at(position));
            } catch (EventFailure failure) {
                undecodable = failure;
                upTo = position - 1;
                break;
            }
        }
        return take(events, upTo, undecodable);
    }

    private @Nullable EventFailure take(
            List<Recorded<E>> events, long upTo, @Nullable EventFailure undecodable)
            throws SQLException {
        return Transaction.run(
                dataSource,
                connection -> {
                    parked.checkpoint().lockWaiting(connection);
                    List<Long> still = parked.positions(connection, document);
                    List<Recorded<E>> rest =
                            events.stream().filter(e -> still.contains(e.position())).toList();
                    @Nullable EventFailure failure = apply(connection, rest);
                    if (failure == null) {
                        failure = undecodable;
                    }
                    parked.remove(
                            connection, document, failure == null ? upTo : failure.position() - 1);
                    if (failure != null) {
                        parked.explain(connection, document, failure);
                    }
                    return failure;
                });
    }

    private @Nullable EventFailure apply(Connection connection, List<Recorded<E>> events)
            throws SQLException {
        Detour others = (view, key, _) -> !new DocumentName(view.name(), key).equals(document);
        @Nullable EventFailure failed = null;
        List<Recorded<E>> part = events;
        while (!part.isEmpty()) {
            try {
                projection.apply(connection, parked.partition(), part, others);
                return failed;
            } catch (EventFailure failure) {
                failed = failure;
                part = part.stream().filter(e -> e.position() < failure.position()).toList();
            }
        }
        return failed;
    }
}
