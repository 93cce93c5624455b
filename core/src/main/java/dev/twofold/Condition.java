package dev.twofold;

/// What must hold for an append to be taken, checked in the moment in which positions are given
/// out.
public sealed interface Condition {

    /// The stream's last event has this version; 0 means that the stream has no event.
    record ExpectedVersion(StreamId stream, long version) implements Condition {
        public ExpectedVersion {
            requireNotNegative("the expected version of stream " + stream, version);
        }
    }

    /// No event after position `after` matches the query; 0 looks at the whole log.
    record NoneMatching(Query query, long after) implements Condition {
        public NoneMatching {
            requireNotNegative("the position after which no event may match", after);
        }
    }

    private static void requireNotNegative(String what, long value) {
        if (value < 0) {
            throw new IllegalArgumentException(what + " is 0 or more, but was " + value);
        }
    }
}
