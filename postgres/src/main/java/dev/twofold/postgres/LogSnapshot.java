package dev.twofold.postgres;

import dev.twofold.EventFeed;
import dev.twofold.EventStore;
import dev.twofold.Query;
import dev.twofold.RecordedEvent;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/// The log as the transaction of one connection sees it, such as that of a [TableReader#ofLog]: at
/// a replica as well, and without an event that came after the transaction's snapshot.
///
/// For use by one thread, as long as the transaction lasts.
public final class LogSnapshot implements EventFeed {
    private final Connection connection;

    /// @param connection in a REPEATABLE READ transaction
    public LogSnapshot(Connection connection) {
        this.connection = connection;
    }

    @Override
    public Page next(Query query, long after, int limit) {
        EventStore.requireInRange(after, limit);
        try {
            List<RecordedEvent> events = EventReads.read(connection, query, after, limit);
            return Page.of(events, after, limit, EventReads.head(connection));
        } catch (SQLException e) {
            throw SqlFailure.diagnosis("the log cannot be read", e);
        }
    }

    @Override
    public long head() {
        try {
            return EventReads.head(connection);
        } catch (SQLException e) {
            throw SqlFailure.diagnosis("the head of the log cannot be read", e);
        }
    }
}
