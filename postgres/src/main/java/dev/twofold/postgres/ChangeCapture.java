package dev.twofold.postgres;

import dev.twofold.Append;
import dev.twofold.EventStoreException;
import dev.twofold.EventTypes;
import dev.twofold.Metadata;
import dev.twofold.NewEvent;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import javax.sql.DataSource;

/// Records as events what happens to tables that an application writes as it always did, so that
/// views can be made of them and the application stays as it is.
///
/// A trigger keeps each change of a captured table in the transaction that makes it; from there
/// changes go to the log in order, each once: those of one row in the order in which they were
/// made, those of one transaction together or in several appends. TRUNCATE is not captured. Any
/// number of processes may do this; one at a time does. Safe for use by many threads.
///
/// @param <E> events
public final class ChangeCapture<E> implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(ChangeCapture.class.getName());
    private static final int BATCH = 500;
    private static final int MAX_LENGTH = 4 << 20;
    private static final Duration REST = Duration.ofMillis(100);
    private static final Duration RETRY = Duration.ofSeconds(5);

    private static final String CAPTURE =
            """
            SELECT twofold.capture_changes(?::regclass)
            """;
    private static final String LOCK =
            """
            SELECT pg_try_advisory_xact_lock(hashtextextended('twofold.table_change', 0))
            """;
    private static final String TAKE =
            """
            WITH taken AS (
              DELETE FROM twofold.table_change
              WHERE id IN (SELECT id FROM twofold.table_change ORDER BY id LIMIT ?)
              RETURNING *)
            SELECT source, before::text, after::text, changed_at FROM taken ORDER BY id
            """;

    private final DataSource dataSource;
    private final PostgresEventStore store;
    private final EventTypes<E> types;
    private final Function<TableChange, List<E>> events;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread;

    /// @param dataSource of the database that has both the tables and the log
    /// @param events what a change means; none for one that means nothing
    public ChangeCapture(
            DataSource dataSource,
            PostgresEventStore store,
            EventTypes<E> types,
            Function<TableChange, List<E>> events) {
        this.dataSource = dataSource;
        this.store = store;
        this.types = types;
        this.events = events;
        this.thread = Thread.ofPlatform().daemon().name("twofold-capture-1").unstarted(this::run);
    }

    /// Begins to capture a table, with the rows that it has already; does nothing if it is
    /// captured. Waits for those who write the table, and holds further ones back until the
    /// transaction ends.
    ///
    /// @param table as SQL writes it, such as `public.product`
    /// @return whether it was not captured before
    /// @throws SQLException if there is no such table, or the user may not create a trigger on it
    public static boolean capture(Connection connection, String table) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(CAPTURE)) {
            statement.setString(1, table);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getBoolean(1);
            }
        }
    }

    /// Takes changes to the log from now on, in a thread of its own.
    public void start() {
        thread.start();
    }

    /// Takes the next changes to the log, in the calling thread.
    ///
    /// @return how many; 0 if there are none, or another process is at it
    /// @throws EventStoreException if the database is out of reach, or it is not said what a change
    ///   means; nothing is taken then
    public int step() {
        try {
            return Transaction.run(dataSource, this::take);
        } catch (SQLException e) {
            throw SqlFailure.diagnosis("captured changes cannot be taken to the log", e);
        }
    }

    /// Lets the changes at hand be taken, and returns when they are.
    @Override
    public void close() {
        closed.countDown();
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private int take(Connection connection) throws SQLException {
        if (!lock(connection)) {
            return 0;
        }
        List<TableChange> changes = changes(connection);
        List<NewEvent> batch = new ArrayList<>();
        int length = 0;
        for (TableChange change : changes) {
            for (E event : meaning(change)) {
                NewEvent next = types.encode(event, Metadata.none());
                length += next.data().length();
                if (batch.size() == Append.MAX_EVENTS || length > MAX_LENGTH) {
                    append(connection, batch);
                    batch = new ArrayList<>();
                    length = next.data().length();
                }
                batch.add(next);
            }
        }
        append(connection, batch);
        return changes.size();
    }

    private void append(Connection connection, List<NewEvent> batch) throws SQLException {
        if (!batch.isEmpty()) {
            var _ = store.append(connection, Append.of(batch));
        }
    }

    private List<E> meaning(TableChange change) {
        try {
            return events.apply(change);
        } catch (RuntimeException e) {
            throw new EventStoreException(
                    "it is not known what the change of %s from %s to %s means; later changes wait behind it"
                            .formatted(change.table(), change.before(), change.after()),
                    e);
        }
    }

    private static boolean lock(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(LOCK);
                ResultSet row = statement.executeQuery()) {
            row.next();
            return row.getBoolean(1);
        }
    }

    private static List<TableChange> changes(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(TAKE)) {
            statement.setInt(1, BATCH);
            List<TableChange> changes = new ArrayList<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    changes.add(
                            new TableChange(
                                    row.getString(1),
                                    row.getString(2),
                                    row.getString(3),
                                    row.getObject(4, OffsetDateTime.class).toInstant()));
                }
            }
            return changes;
        }
    }

    private void run() {
        try {
            Duration rest = Duration.ZERO;
            while (!closed.await(rest.toNanos(), TimeUnit.NANOSECONDS)) {
                rest = turn();
            }
        } catch (InterruptedException e) {
            LOG.log(System.Logger.Level.DEBUG, "{0} is closed", thread.getName());
        }
    }

    private Duration turn() {
        try {
            return step() == 0 ? REST : Duration.ZERO;
        } catch (RuntimeException e) {
            if (closed.getCount() > 0) {
                LOG.log(System.Logger.Level.WARNING, thread.getName() + " will try again", e);
            }
            return RETRY;
        }
    }
}
