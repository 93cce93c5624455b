package dev.twofold.catalog;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/// Whether the database takes changes, found out once a second by a thread of its own on a
/// connection of its own: whoever asks waits for nothing, and takes no connection from those who
/// work.
///
/// An answer that is late or lost says little. It is down when it has given none for a number of
/// looks in a row, and up again with the first. Safe for use by many threads.
final class DatabaseHealth implements HealthIndicator, AutoCloseable {
    /// How many looks in a row without an answer there are before it is down.
    static final int MISSES = 3;

    private static final Logger LOG = LoggerFactory.getLogger(DatabaseHealth.class);
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);

    private final DataSource database;
    private final ScheduledExecutorService thread =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("catalog-database-health-1").factory());
    private @Nullable Connection connection;
    private volatile Looks looks = new Looks(0, "");

    /// @param because of the last look
    private record Looks(int missed, String because) {}

    /// @param database whose connections give up soon what says nothing
    DatabaseHealth(DataSource database) {
        this.database = database;
    }

    void start() {
        var _ =
                thread.scheduleWithFixedDelay(
                        this::look, 0, BETWEEN_LOOKS.toMillis(), TimeUnit.MILLISECONDS);
    }

    /// Looks once; for one thread at a time.
    void look() {
        try {
            if (takesChanges()) {
                answered();
            } else {
                missed("it is a replica, or set to read only");
            }
        } catch (SQLException | RuntimeException e) {
            missed(String.valueOf(e.getMessage()));
        }
    }

    private boolean takesChanges() throws SQLException {
        Connection open = connection;
        if (open == null) {
            open = database.getConnection();
            connection = open;
        }
        try (Statement statement = open.createStatement();
                ResultSet row = statement.executeQuery("SHOW transaction_read_only")) {
            return row.next() && row.getString(1).equals("off");
        }
    }

    private void answered() {
        if (looks.missed >= MISSES) {
            LOG.info("the database takes changes again");
        }
        looks = new Looks(0, "");
    }

    /// The next look is on another connection, which may lead to another server.
    private void missed(String because) {
        looks = new Looks(looks.missed + 1, because);
        if (looks.missed == MISSES) {
            LOG.warn("the database takes no changes: {}", because);
        }
        disconnect();
    }

    private void disconnect() {
        try (Connection _ = connection) {
            connection = null;
        } catch (SQLException _) {
            // it is of no use any more
        }
    }

    @Override
    public Health health() {
        Looks last = looks;
        return last.missed < MISSES
                ? Health.up().build()
                : Health.down()
                        .withDetail("because", last.because)
                        .withDetail("looks", last.missed)
                        .build();
    }

    @Override
    public void close() {
        thread.execute(this::disconnect);
        thread.shutdown();
    }
}
