package dev.twofold;

import java.util.List;

/// A log as those who follow it see it: page after page, each complete up to where it ends.
///
/// Every [EventStore] is one; so is what carries a log elsewhere, such as a topic. The order of
/// positions is the order of events; positions may be missing, as a feed can leave events out.
/// Implementations are safe for use by many threads.
public interface EventFeed {

    /// The next events, in order of position, that match the query and lie after a position.
    ///
    /// @param after a position, 0 for the start of the log
    /// @param limit the most events to return, 1 to [EventStore#MAX_READ]
    /// @throws IllegalArgumentException if the position or the limit is out of range
    /// @throws EventStoreException if the feed is out of reach
    Page next(Query query, long after, int limit);

    /// How far the feed is complete now: a page that is read after this has all events up to here.
    ///
    /// @throws EventStoreException if the feed is out of reach
    long head();

    /// All events of a stretch of the log that match a query: those after the position asked for
    /// and up to `upTo`; `more` if what lies behind may be read at once.
    record Page(List<RecordedEvent> events, long upTo, boolean more) {
        public Page {
            events = List.copyOf(events);
        }

        /// What a read of at most `limit` events gave, given a head that the log had before: all up
        /// to there were visible to the read, so a page that is not full reaches at least as far,
        /// whatever the last event that matches.
        public static Page of(List<RecordedEvent> events, long after, int limit, long head) {
            boolean full = events.size() == limit;
            long last = events.isEmpty() ? after : events.getLast().position();
            return new Page(events, full ? last : Math.max(head, last), full);
        }
    }
}
