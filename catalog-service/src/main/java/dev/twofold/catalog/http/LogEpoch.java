package dev.twofold.catalog.http;

import java.time.Duration;
import java.util.function.LongSupplier;

/// What tells the catalog's log from any other, and so the tokens of one from those of another.
///
/// @param head asks the log for the position of its last event
public record LogEpoch(String value, LongSupplier head) {

    /// The token of whoever has seen the log up to a position.
    public ConsistencyToken token(long position) {
        return new ConsistencyToken(value, position);
    }

    /// The position that a token stands for.
    ///
    /// @throws Problem if the text is no token, one of another log, or one for a position that the
    ///   log does not have
    /// @throws dev.twofold.EventStoreException if the log is out of reach
    public long position(String token) {
        Freshness freshness = new Freshness(ConsistencyToken.parse(token, value), Duration.ZERO);
        headFor(freshness);
        return freshness.notBefore();
    }

    /// The position of the log's last event, for a token that asks for one that may not be there.
    ///
    /// @throws Problem if the log ends before the token: it tells of writes that a restore from a
    ///   backup has undone, or that never were
    /// @throws dev.twofold.EventStoreException if the log is out of reach
    long headFor(Freshness freshness) {
        long last = head.getAsLong();
        if (freshness.notBefore() > last) {
            throw ConsistencyToken.beyond(freshness.notBefore(), last);
        }
        return last;
    }
}
