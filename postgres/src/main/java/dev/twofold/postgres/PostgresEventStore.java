package dev.twofold.postgres;

import dev.twofold.Append;
import dev.twofold.AppendOutcome;
import dev.twofold.AppendOutcome.Overloaded;
import dev.twofold.EventStore;
import dev.twofold.Query;
import dev.twofold.RecordedEvent;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.LongConsumer;
import javax.sql.DataSource;

/// A log in PostgreSQL, in the database's schema `twofold`; [PostgresLog] makes it.
///
/// Appends of this process that arrive while one is in flight go to the database together, as one
/// call and one commit, each with its own outcome; up to 10,000 wait, further ones are told
/// `Overloaded`. Any number of stores, in any number of processes, may share a log.
///
/// Keeps one connection for appending and borrows one for each read. Safe for use by many threads.
public final class PostgresEventStore implements EventStore, AutoCloseable {
    private static final int MAX_WAITING = 10_000;
    private static final long MAX_WAITING_LENGTH = 64 << 20;
    private static final Duration GIVE_UP_AFTER = Duration.ofSeconds(30);

    private static final String FORGET_RECEIPTS =
            """
            DELETE FROM twofold.receipt WHERE recorded_at < clock_timestamp() - make_interval(secs => ?)
            """;

    private final DataSource dataSource;
    private final Head head = new Head();
    private final InlineProjections inline;
    private final AppendQueue queue;
    private final AppendWriter writer;

    /// @param dataSource a pool; its connections may have any settings
    public PostgresEventStore(DataSource dataSource) {
        this(dataSource, List.of());
    }

    /// A store with inline projections: each takes events in within the transaction that appends
    /// them, so that queries and constraints see them at once, and an append that one of them
    /// throws at is rejected whole.
    ///
    /// They are kept so by each process that has them. What others append, they take in with the
    /// next append of one that has.
    ///
    /// @param dataSource a pool of at least two connections, which may have any settings
    /// @param inline projections of views, of SQL or of the application's own tables, and no
    ///   subscriptions
    public PostgresEventStore(DataSource dataSource, List<Projection<?>> inline) {
        this(dataSource, inline, MAX_WAITING, GIVE_UP_AFTER);
    }

    PostgresEventStore(DataSource dataSource, int maxWaiting, Duration giveUpAfter) {
        this(dataSource, List.of(), maxWaiting, giveUpAfter);
    }

    PostgresEventStore(
            DataSource dataSource,
            List<Projection<?>> inline,
            int maxWaiting,
            Duration giveUpAfter) {
        this.dataSource = dataSource;
        this.inline = new InlineProjections(dataSource, this, inline);
        this.queue = new AppendQueue(maxWaiting, MAX_WAITING_LENGTH);
        this.writer = new AppendWriter(dataSource, queue, head, this.inline, giveUpAfter);
        writer.start();
    }

    /// As in [EventStore#append].
    ///
    /// @throws RejectedAppendException if an inline projection does not take it
    @Override
    public AppendOutcome append(Append append) {
        PendingAppend pending = new PendingAppend(append);
        if (Thread.currentThread().isInterrupted()) {
            throw interrupted();
        }
        if (!queue.offer(pending)) {
            return new Overloaded(writer.backlog());
        }
        try {
            return pending.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            if (queue.remove(pending)) {
                throw new CancellationException(
                        "the thread was interrupted before the append was sent; nothing was"
                                + " written");
            }
            return pending.awaitUninterruptibly();
        }
    }

    /// Appends in the caller's transaction: what else it wrote and these events are committed
    /// together or not at all.
    ///
    /// Keeps the log's lock until the transaction ends, so that nothing else is appended meanwhile:
    /// make it the last statement before the commit. The server ends the connection if nothing is
    /// asked in the transaction for 5 seconds. Positions are given out again after a rollback.
    ///
    /// @throws IllegalStateException if the connection is in autocommit mode, or its transaction
    ///   has another isolation level than READ COMMITTED
    /// @throws IllegalArgumentException if only some of the events are in the log already, or the
    ///   database cannot store the data; the transaction can only be rolled back then
    /// @throws RejectedAppendException if an inline projection does not take it; the transaction is
    ///   as it was before
    /// @throws SQLException if the database is out of reach, or the lock was not free for 10
    ///   seconds
    public AppendOutcome append(Connection connection, Append append) throws SQLException {
        if (connection.getAutoCommit()) {
            throw new IllegalStateException(
                    "an append in the caller's transaction needs one, but the connection is in"
                            + " autocommit mode; call setAutoCommit(false)");
        }
        try (AppendCall call = new AppendCall(connection)) {
            AppendCall.Answer answer =
                    inline.none()
                            ? call.execute(List.of(append)).getFirst()
                            : inline.appendWithin(connection, call, append);
            return answer.outcome();
        } catch (SQLException e) {
            if (SqlFailure.WRONG_ISOLATION.equals(e.getSQLState())) {
                throw new IllegalStateException(e.getMessage(), e);
            }
            if (SqlFailure.of(e) == SqlFailure.REFUSED) {
                throw SqlFailure.refusal(e);
            }
            throw e;
        }
    }

    @Override
    public List<RecordedEvent> read(Query query, long after, int limit) {
        EventStore.requireInRange(after, limit);
        try (Connection connection = dataSource.getConnection()) {
            return EventReads.read(connection, query, after, limit);
        } catch (SQLException e) {
            throw SqlFailure.diagnosis("the log cannot be read", e);
        }
    }

    /// Asks for the head only if it is not known yet that there is more.
    @Override
    public Page next(Query query, long after, int limit) {
        long known = head.position();
        return known > after
                ? Page.of(read(query, after, limit), after, limit, known)
                : EventStore.super.next(query, after, limit);
    }

    @Override
    public long head() {
        try (Connection connection = dataSource.getConnection()) {
            long position = EventReads.head(connection);
            head.advanceTo(position);
            return position;
        } catch (SQLException e) {
            throw SqlFailure.diagnosis("the head of the log cannot be read", e);
        }
    }

    /// Has the listener told of each new last position that this store learns of, by the thread
    /// that learnt of it; so it returns soon. As [#awaitBeyond], for those who do not wait.
    public void onGrowth(LongConsumer listener) {
        head.onAdvance(listener);
    }

    /// Waits until this store knows of an event beyond the given position, or the time is up, and
    /// returns the last position it knows of.
    ///
    /// A store knows of what it appended itself, and of what [#head] told; call that now and then
    /// to learn what other processes append.
    ///
    /// @throws InterruptedException if the thread is interrupted; nothing is lost by it
    public long awaitBeyond(long position, Duration max) throws InterruptedException {
        return head.awaitBeyond(position, max);
    }

    /// @throws dev.twofold.EventStoreException if the database is out of reach
    public LogInfo info() {
        try (Connection connection = dataSource.getConnection()) {
            return EventReads.info(connection);
        } catch (SQLException e) {
            throw SqlFailure.diagnosis("the log cannot be read", e);
        }
    }

    /// Forgets the receipts that are older than this, and returns how many; their keys can be used
    /// anew. Call it now and then, or receipts are kept for good.
    ///
    /// @throws dev.twofold.EventStoreException if the database is out of reach
    public int forgetReceipts(Duration olderThan) {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement(FORGET_RECEIPTS)) {
            statement.setDouble(1, olderThan.toNanos() / 1e9);
            return statement.executeUpdate();
        } catch (SQLException e) {
            throw SqlFailure.diagnosis("receipts cannot be forgotten", e);
        }
    }

    /// Writes what has been accepted, and refuses what comes after. Waits for that, at most as long
    /// as the database is given to come back when it is out of reach.
    @Override
    public void close() {
        queue.close();
        writer.awaitEnd();
    }

    private static CancellationException interrupted() {
        return new CancellationException(
                "the thread was interrupted before the append was sent; nothing was written");
    }

    /// Brings the inline projections to the end of the log, as the first append would do. That
    /// takes a while when they are new and the log is long, so it is done before appends come in.
    ///
    /// @throws dev.twofold.EventStoreException if the database is out of reach, or an event cannot
    ///   be taken in
    public void catchUp() {
        try {
            inline.catchUp();
        } catch (SQLException e) {
            throw SqlFailure.diagnosis("the inline projections are behind", e);
        }
    }

    /// Whether a projection takes events in within the transactions that append them.
    boolean keepsInline(String projection) {
        return inline.has(projection);
    }

    /// How many appends wait for the one in flight.
    int waiting() {
        return queue.size();
    }
}
