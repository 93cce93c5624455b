package dev.twofold.postgres;

import java.time.Duration;

/// How many events of the log one batch takes, so that batches take about as long as wanted; and
/// how long batches go on to be joined in one transaction.
///
/// They are while much is to be caught up with: from 1,000 events a batch on for 200 ms, and for
/// twice as long after each transaction that leaves more to do, up to 2 seconds. No further one is
/// joined once what was read for the transaction, events and documents, has as many characters of
/// JSON as a 32nd of the heap has bytes, which all that catch up at once in this process share.
///
/// Not safe for use by many threads.
final class BatchSize {
    static final int FEWEST = 10;
    static final int MOST = 10_000;

    private static final int JOINED = 1_000;
    private static final Duration BRIEFLY = Duration.ofMillis(200);
    private static final Duration LONGEST = Duration.ofSeconds(2);

    private static final CatchUpMemory OF_HEAP =
            new CatchUpMemory(Runtime.getRuntime().maxMemory() / 32);

    /// Full batches that are not joined after one in vain.
    private static final int APART = 50;

    private final int fewest;
    private final int most;
    private final int joinedFrom;
    private final Duration briefly;
    private final Duration longest;
    private final CatchUpMemory memory;
    private int limit;
    private Duration joining;
    private int apart;

    /// Batches that are not joined.
    BatchSize(int fewest, int most) {
        this(fewest, most, Integer.MAX_VALUE, Duration.ZERO, Duration.ZERO, OF_HEAP);
    }

    /// @param joinedFrom how many events a batch has from which on batches are joined
    /// @param briefly how long at first
    /// @param memory beyond whose share no further one is joined
    BatchSize(
            int fewest,
            int most,
            int joinedFrom,
            Duration briefly,
            Duration longest,
            CatchUpMemory memory) {
        this.fewest = fewest;
        this.most = most;
        this.joinedFrom = joinedFrom;
        this.briefly = briefly;
        this.longest = longest;
        this.memory = memory;
        this.limit = fewest;
        this.joining = briefly;
    }

    /// Batches that are joined while much is to be caught up with.
    static BatchSize joined() {
        return new BatchSize(FEWEST, MOST, JOINED, BRIEFLY, LONGEST, OF_HEAP);
    }

    int limit() {
        return limit;
    }

    /// For how long a transaction goes on to take in batches; zero if it takes one.
    Duration joining() {
        return limit < joinedFrom || apart > 0 ? Duration.ZERO : joining;
    }

    /// What the batches of a transaction may hold.
    CatchUpMemory memory() {
        return memory;
    }

    /// @param full whether the batch could have been longer
    void took(boolean full, Duration time, Duration wanted) {
        if (full && time.multipliedBy(2).compareTo(wanted) < 0) {
            limit = Math.min(most, limit * 2);
        } else if (time.compareTo(wanted.multipliedBy(2)) > 0) {
            limit = Math.max(Math.min(fewest, limit), limit / 2);
        }
        apart = full ? Math.max(0, apart - 1) : apart;
    }

    /// A transaction has taken in several batches, or one and could have more.
    ///
    /// @param more whether it left more to do
    void joined(boolean more) {
        Duration longer = joining.multipliedBy(2);
        joining = !more ? briefly : longer.compareTo(longest) < 0 ? longer : longest;
    }

    /// Joining batches was tried in vain.
    void apart() {
        apart = APART;
    }

    /// Takes one event at a time, and grows from there.
    void narrow() {
        limit = 1;
    }
}
