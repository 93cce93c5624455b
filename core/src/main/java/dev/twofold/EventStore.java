package dev.twofold;

import java.util.List;

/// A log of events in one total order.
///
/// Positions are 1, 2, 3, … without gaps, and the order of positions is the order in which events
/// become visible: whoever has seen position n can see all before it. Implementations are safe for
/// use by many threads.
public interface EventStore extends EventFeed {
    /// The most events that one read returns.
    int MAX_READ = 100_000;

    /// Adds all events or none, under the append's conditions, and returns when that is durable.
    ///
    /// An append whose events are in the log already, by their ids, is not checked or written
    /// again: its outcome is `Appended` with the positions of the first time. Neither is one whose
    /// receipt has a key that an earlier append used: its outcome is `Repeated`, with the answer of
    /// then.
    ///
    /// @throws IllegalArgumentException if only some of the events are in the log already
    /// @throws EventStoreException if the store is out of reach; nothing is written then, or the
    ///   message says that this is not known and that the same append can be tried again
    /// @throws java.util.concurrent.CancellationException if the thread was interrupted before the
    ///   append was sent; nothing is written then, and the thread stays interrupted
    AppendOutcome append(Append append);

    /// The first events, in order of position, that match the query and lie after a position.
    ///
    /// @param after a position, 0 for the start of the log
    /// @param limit the most events to return, 1 to [#MAX_READ]
    /// @throws IllegalArgumentException if the position or the limit is out of range
    /// @throws EventStoreException if the store is out of reach
    List<RecordedEvent> read(Query query, long after, int limit);

    /// The position of the last event, 0 while there is none.
    ///
    /// @throws EventStoreException if the store is out of reach
    @Override
    long head();

    @Override
    default Page next(Query query, long after, int limit) {
        requireInRange(after, limit);
        long head = head();
        return head <= after
                ? new Page(List.of(), after, false)
                : Page.of(read(query, after, limit), after, limit, head);
    }

    /// Checks the arguments of [#read]; meant for implementations.
    static void requireInRange(long after, int limit) {
        if (after < 0) {
            throw new IllegalArgumentException(
                    "the position to read after is 0 or more, but was %d".formatted(after));
        }
        if (limit < 1 || limit > MAX_READ) {
            throw new IllegalArgumentException(
                    "the limit of a read is 1 to %,d, but was %,d; read on after the last position"
                            .formatted(MAX_READ, limit));
        }
    }
}
