package dev.twofold.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.testkit.HistoryChecker;
import dev.twofold.testkit.TestPostgres;
import dev.twofold.testkit.Workload;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Holds what concurrent clients saw against the log, in its total order. Appends pause at random
/// between check and insert and before the commit, so that as much as can meets in between.
@Timeout(120)
class HistoryTest {
    private static final String TERMINATE_WRITERS =
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()
              AND query LIKE '%append_event%'
            """;

    private final TestPostgres.Database database = Logs.empty();

    @TempDir private Path folder = Path.of("");

    @BeforeEach
    void pauseAtRandom() throws SQLException {
        Pauses.atRandom(database.dataSource());
    }

    @Test
    void clients_of_two_nodes_see_one_log() throws ExecutionException, InterruptedException {
        HistoryChecker checker = new HistoryChecker();
        try (PostgresEventStore one = new PostgresEventStore(database.dataSource());
                PostgresEventStore other = new PostgresEventStore(database.dataSource())) {
            new Workload(seed(), 8, 60).run(checker, one, other);

            checker.check(one);
        }
    }

    @Test
    void clients_of_two_processes_whose_connections_are_cut_see_one_log() throws Exception {
        long seed = seed();
        Path history = folder.resolve("history");
        Process process = process(seed + 1_000, history);
        HistoryChecker checker = new HistoryChecker();
        try (PostgresEventStore store = new PostgresEventStore(database.dataSource());
                ExecutorService thread = Executors.newSingleThreadExecutor()) {
            Future<?> clients =
                    thread.submit(
                            () -> {
                                new Workload(seed, 4, 60).run(checker, store);
                                return null;
                            });
            int cuts = 0;
            for (long seen = 0; !clients.isDone() || process.isAlive(); cuts++) {
                seen = store.awaitBeyond(seen + 20, Duration.ofMillis(100));
                cutAndPause();
                store.head();
            }
            clients.get();
            assertThat(process.waitFor()).isZero();

            assertThat(cuts).isPositive();
            checker.add(history);
            checker.check(store);
        }
    }

    @Test
    void clients_of_two_nodes_whose_connections_are_cut_see_one_log()
            throws ExecutionException, InterruptedException, SQLException {
        HistoryChecker checker = new HistoryChecker();
        try (PostgresEventStore one = new PostgresEventStore(database.dataSource());
                PostgresEventStore other = new PostgresEventStore(database.dataSource());
                ExecutorService thread = Executors.newSingleThreadExecutor()) {
            Future<?> clients =
                    thread.submit(
                            () -> {
                                new Workload(seed(), 8, 60).run(checker, one, other);
                                return null;
                            });
            int cuts = 0;
            for (long seen = 0; !clients.isDone(); cuts++) {
                seen = one.awaitBeyond(seen + 20, Duration.ofMillis(100));
                cutAndPause();
            }
            clients.get();

            assertThat(cuts).isPositive();
            checker.check(one);
        }
    }

    /// Ends the sessions that append while nobody can, so that some appends are cut off before they
    /// are committed, and some after.
    private void cutAndPause() throws SQLException {
        try (Connection connection = database.dataSource().getConnection();
                Statement statement = connection.createStatement();
                HeldLog held = new HeldLog(database.dataSource())) {
            statement.execute(TERMINATE_WRITERS);
            held.terminateWaiting();
        }
    }

    private Process process(long seed, Path history) throws IOException {
        return JavaProcess.of(
                        HistoryClient.class,
                        database.url(),
                        Long.toString(seed),
                        "4",
                        "60",
                        history.toString())
                .inheritIO()
                .start();
    }

    private static long seed() {
        return System.nanoTime();
    }
}
