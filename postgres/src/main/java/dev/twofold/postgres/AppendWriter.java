package dev.twofold.postgres;

import dev.twofold.Append;
import dev.twofold.AppendOutcome.Appended;
import dev.twofold.postgres.AppendCall.Answer;
import dev.twofold.postgres.AppendCall.Decided;
import dev.twofold.postgres.AppendCall.Deferred;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/// The one thread that appends, over the one connection it keeps: whatever came in while a call was
/// in flight goes to the database as the next call and commit.
///
/// There is no timer: when nothing is in flight, an append is sent at once, alone.
///
/// A batch is judged by the log as it was before it. What another append of the same batch may bear
/// on comes back undecided and goes first in the next one.
///
/// A connection that breaks leaves it open whether the batch was committed. The batch is then sent
/// again as it is: the database knows the events it has by their ids, and a call that is still
/// under way there holds the log's lock until it is over, so the second answer is the truth.
final class AppendWriter implements Runnable {
    private static final AtomicInteger THREADS = new AtomicInteger();
    private static final int MAX_APPENDS = 512;
    private static final long MAX_LENGTH = 4 << 20;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(10);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

    /// How long the database may say nothing, unless the connection has a shorter time of its own.
    private static final int NETWORK_TIMEOUT_MILLIS = 30_000;

    private final DataSource dataSource;
    private final AppendQueue queue;
    private final Head head;
    private final InlineProjections inline;
    private final Duration giveUpAfter;
    private final Thread thread;
    private @Nullable Connection connection;
    private @Nullable AppendCall call;
    private volatile long takenAt = System.nanoTime();
    private volatile double nanosPerAppend = TimeUnit.MILLISECONDS.toNanos(1);

    /// @param giveUpAfter how long a batch is tried while the database is out of reach
    AppendWriter(
            DataSource dataSource,
            AppendQueue queue,
            Head head,
            InlineProjections inline,
            Duration giveUpAfter) {
        this.dataSource = dataSource;
        this.queue = queue;
        this.head = head;
        this.inline = inline;
        this.giveUpAfter = giveUpAfter;
        this.thread =
                Thread.ofPlatform()
                        .name("twofold-writer-%d".formatted(THREADS.incrementAndGet()))
                        .daemon()
                        .unstarted(this);
    }

    void start() {
        thread.start();
    }

    /// Waits until the closed queue is drained, whatever happens.
    void awaitEnd() {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /// How long the appends that wait now will take, going by the last ones and the one in flight.
    Duration backlog() {
        double waiting = queue.size() * nanosPerAppend;
        long inFlight = System.nanoTime() - takenAt;
        return Duration.ofNanos(Math.max((long) waiting, inFlight)).plusMillis(1);
    }

    @Override
    public void run() {
        for (var batch = take(); !batch.isEmpty(); batch = take()) {
            takenAt = System.nanoTime();
            try {
                write(batch);
            } catch (RuntimeException | Error e) {
                fail(batch, true, e);
            }
            double nanos = (double) (System.nanoTime() - takenAt) / batch.size();
            nanosPerAppend = 0.8 * nanosPerAppend + 0.2 * nanos;
        }
        disconnect();
    }

    private List<PendingAppend> take() {
        return queue.take(MAX_APPENDS, MAX_LENGTH);
    }

    private void write(List<PendingAppend> batch) {
        List<Append> appends = batch.stream().map(PendingAppend::append).toList();
        long start = System.nanoTime();
        boolean unknown = false;
        for (Duration pause = FIRST_PAUSE; ; pause = longer(pause)) {
            SQLException failure;
            boolean sent = false;
            try {
                AppendCall ready = connect();
                sent = true;
                settle(batch, execute(ready, appends));
                return;
            } catch (SQLException e) {
                failure = e;
            }
            SqlFailure kind = isClosed() ? SqlFailure.LOST : SqlFailure.of(failure);
            disconnect();
            switch (kind) {
                case LOST -> unknown |= sent;
                case UNAVAILABLE -> {
                    // tried again
                }
                case REFUSED -> {
                    refuse(batch, failure);
                    return;
                }
                case BROKEN -> {
                    fail(batch, unknown, failure);
                    return;
                }
            }
            if (System.nanoTime() - start > giveUpAfter.toNanos()) {
                fail(batch, unknown, failure);
                return;
            }
            LockSupport.parkNanos(pause.toNanos());
        }
    }

    private List<Answer> execute(AppendCall ready, List<Append> appends) throws SQLException {
        return inline.none() || connection == null
                ? ready.execute(appends)
                : inline.append(connection, ready, appends);
    }

    private static Duration longer(Duration pause) {
        Duration twice = pause.multipliedBy(2);
        return twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE;
    }

    private void settle(List<PendingAppend> batch, List<Answer> answers) {
        for (Answer answer : answers) {
            if (answer instanceof Decided(Appended(_, long last))) {
                head.advanceTo(last);
            }
        }
        List<PendingAppend> deferred = new ArrayList<>();
        for (int i = 0; i < batch.size(); i++) {
            switch (answers.get(i)) {
                case Deferred _ -> deferred.add(batch.get(i));
                case Answer answer -> batch.get(i).settle(answer::outcome);
            }
        }
        queue.putBack(deferred);
    }

    /// One append of the batch has data that the database refuses: each goes alone, and that one
    /// fails.
    private void refuse(List<PendingAppend> batch, SQLException failure) {
        if (batch.size() > 1) {
            batch.forEach(append -> write(List.of(append)));
            return;
        }
        batch.getFirst()
                .settle(
                        () -> {
                            throw SqlFailure.refusal(failure);
                        });
    }

    private static void fail(List<PendingAppend> batch, boolean unknown, Throwable failure) {
        String what =
                unknown
                        ? "the connection was lost during an append, and whether it was committed"
                                + " is not known; append the same events again, with their ids, to"
                                + " find out"
                        : "an append failed and nothing was written";
        batch.forEach(
                append ->
                        append.settle(
                                () -> {
                                    throw SqlFailure.diagnosis(what, failure);
                                }));
    }

    private AppendCall connect() throws SQLException {
        if (call == null) {
            connection = dataSource.getConnection();
            connection.setAutoCommit(true);
            connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
            int given = connection.getNetworkTimeout();
            if (given == 0 || given > NETWORK_TIMEOUT_MILLIS) {
                connection.setNetworkTimeout(Runnable::run, NETWORK_TIMEOUT_MILLIS);
            }
            call = new AppendCall(connection);
        }
        return call;
    }

    /// Whether the connection broke and its pool has closed it, which may be all that it says.
    private boolean isClosed() {
        try {
            return connection != null && connection.isClosed();
        } catch (SQLException e) {
            return true;
        }
    }

    private void disconnect() {
        try (Connection _ = connection;
                AppendCall _ = call) {
            call = null;
            connection = null;
        } catch (SQLException e) {
            // what is closed here is broken, or not needed any more
        }
    }
}
