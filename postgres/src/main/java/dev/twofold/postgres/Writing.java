package dev.twofold.postgres;

import dev.twofold.Documents;
import dev.twofold.View;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.ReentrantLock;

/// Has the database carry out statements, one after another, while the thread that hands them over
/// goes on.
///
/// The connection is used by one thread at a time: between two statements, whoever has waited
/// longest may load documents over it. When this is closed, nobody else uses it any more.
final class Writing implements AutoCloseable {
    private final Connection connection;
    private final ReentrantLock turn = new ReentrantLock(true);
    private final List<Future<?>> begun = new ArrayList<>();
    private final ExecutorService thread =
            Executors.newSingleThreadExecutor(
                    Thread.ofPlatform().daemon().name("twofold-write-", 1).factory());

    Writing(Connection connection) {
        this.connection = connection;
    }

    void write(Statements statements) {
        begun.add(
                thread.submit(
                        () -> {
                            turn.lock();
                            try {
                                statements.execute(connection);
                            } finally {
                                turn.unlock();
                            }
                            return null;
                        }));
    }

    /// Whether all that was handed over has been carried out, or has failed.
    boolean isDone() {
        return begun.isEmpty() || begun.getLast().isDone();
    }

    /// Stored documents that are loaded over the same connection.
    Documents between(Documents stored) {
        return new Documents() {
            @Override
            public <D> Map<String, D> byKeys(View<?, D> view, Set<String> keys) {
                turn.lock();
                try {
                    return stored.byKeys(view, keys);
                } finally {
                    turn.unlock();
                }
            }

            @Override
            public <D> Map<String, D> byReferences(View<?, D> view, Set<String> names) {
                turn.lock();
                try {
                    return stored.byReferences(view, names);
                } finally {
                    turn.unlock();
                }
            }
        };
    }

    /// Returns when all has been carried out.
    ///
    /// @throws SQLException why the first did not succeed that did not
    void await() throws SQLException {
        for (Future<?> each : begun) {
            try {
                each.get();
            } catch (ExecutionException e) {
                if (e.getCause() instanceof SQLException failure) {
                    throw failure;
                }
                throw new IllegalStateException(e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while documents were written", e);
            }
        }
    }

    /// Returns when the statement at hand is done; those that have not begun are not.
    @Override
    public void close() {
        begun.forEach(each -> each.cancel(false));
        thread.close();
    }
}
