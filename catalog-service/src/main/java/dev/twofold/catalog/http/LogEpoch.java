package dev.twofold.catalog.http;

import java.time.Duration;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;

/// What tells the catalog's log from any other, and so the tokens of one from those of another.
///
/// @param head asks the log for the position of its last event; null where the log is elsewhere,
///   and how far it is cannot be asked
public record LogEpoch(String value, @Nullable LongSupplier head) {

    /// That of a log which this node has no access to.
    public static LogEpoch elsewhere(String value) {
        return new LogEpoch(value, null);
    }

    /// @throws Problem if the log itself would be needed, and is elsewhere
    public void requireLog() {
        if (head == null) {
            throw Problem.of(
                    HttpStatus.MISDIRECTED_REQUEST,
                    "other-role",
                    "this node is fed by Kafka and has no log to look history up in; ask one with"
                            + " the role query or all that is fed by the log");
        }
    }

    /// The position of the log's last event.
    ///
    /// @throws Problem if the log is elsewhere
    /// @throws dev.twofold.EventStoreException if the log is out of reach
    public long last() {
        requireLog();
        return Objects.requireNonNull(head).getAsLong();
    }

    /// Whether the log is this node's to ask.
    public boolean isHere() {
        return head != null;
    }

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

    /// The position of the log's last event, for a token that asks for one that may not be there;
    /// that of the token where it cannot be asked.
    ///
    /// @throws Problem if the log ends before the token: it tells of writes that a restore from a
    ///   backup has undone, or that never were
    /// @throws dev.twofold.EventStoreException if the log is out of reach
    long headFor(Freshness freshness) {
        if (head == null) {
            return freshness.notBefore();
        }
        long last = head.getAsLong();
        if (freshness.notBefore() > last) {
            throw ConsistencyToken.beyond(freshness.notBefore(), last);
        }
        return last;
    }
}
