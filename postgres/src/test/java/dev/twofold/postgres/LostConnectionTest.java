package dev.twofold.postgres;

import static dev.twofold.postgres.Logs.append;
import static dev.twofold.postgres.Logs.event;
import static dev.twofold.postgres.Logs.stream;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twofold.Append;
import dev.twofold.AppendOutcome;
import dev.twofold.AppendOutcome.Appended;
import dev.twofold.EventStoreException;
import dev.twofold.Query;
import dev.twofold.RecordedEvent;
import dev.twofold.testkit.TestPostgres;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;

/// Appends over connections that die.
@Timeout(120)
class LostConnectionTest {
    private static final String TERMINATE_ANOTHER =
            """
            SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()
            """;

    private final TestPostgres.Database database = Logs.empty();

    @ParameterizedTest
    @CsvSource({"1, false", "1, true", "2, false", "2, true"})
    void an_append_is_in_the_log_once_though_the_connection_was_cut(int call, boolean afterIt) {
        CutConnections cut = new CutConnections(database.dataSource(), call, afterIt);
        try (PostgresEventStore store = new PostgresEventStore(cut.dataSource())) {
            for (int i = 1; i <= 3; i++) {
                assertThat(store.append(append(event(stream(1), "type"))))
                        .isEqualTo(new Appended(i, i));
            }
        }
        assertThat(positions()).containsExactly(1L, 2L, 3L);
    }

    @Test
    void an_append_is_sent_again_when_the_server_ends_its_call() throws Exception {
        try (PostgresEventStore store = new PostgresEventStore(database.dataSource());
                ExecutorService caller = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<AppendOutcome> outcome;
            try (HeldLog log = new HeldLog(database.dataSource())) {
                outcome = caller.submit(() -> store.append(append(event(null, "type"))));
                log.awaitCalls(1);
                log.terminateWaiting();
                log.awaitCalls(1);
            }
            assertThat(outcome.get()).isEqualTo(new Appended(1, 1));
        }
        assertThat(positions()).containsExactly(1L);
    }

    @Test
    void an_append_that_was_never_sent_is_known_not_to_be_written() {
        PGSimpleDataSource nowhere = new PGSimpleDataSource();
        nowhere.setPortNumbers(new int[] {1});
        try (PostgresEventStore store =
                new PostgresEventStore(nowhere, 10, Duration.ofMillis(50))) {
            assertThatThrownBy(() -> store.append(append(event(null, "type"))))
                    .isInstanceOf(EventStoreException.class)
                    .hasMessageStartingWith("an append failed and nothing was written: ");
        }
    }

    @Test
    void an_append_whose_answer_was_lost_is_known_by_its_ids() {
        CutConnections cut = new CutConnections(database.dataSource(), 1, true);
        Append append = append(event(null, "type"));
        try (PostgresEventStore store =
                new PostgresEventStore(cut.dataSource(), 10, Duration.ZERO)) {
            assertThatThrownBy(() -> store.append(append))
                    .isInstanceOf(EventStoreException.class)
                    .hasMessageStartingWith(
                            "the connection was lost during an append, and whether it was committed"
                                + " is not known; append the same events again, with their ids, to"
                                + " find out: ");

            assertThat(store.append(append)).isEqualTo(new Appended(1, 1));
        }
        assertThat(positions()).containsExactly(1L);
    }

    @Test
    void a_log_that_does_not_exist_is_said_to_be_missing() {
        TestPostgres.Database bare = TestPostgres.database();
        try (PostgresEventStore store = new PostgresEventStore(bare.dataSource())) {
            assertThatThrownBy(() -> store.append(append(event(null, "type"))))
                    .isInstanceOf(EventStoreException.class)
                    .hasMessageStartingWith("an append failed and nothing was written: ")
                    .hasMessageEndingWith("; run PostgresLog.migrate on this database");
            assertThatThrownBy(() -> store.head())
                    .isInstanceOf(EventStoreException.class)
                    .hasMessageEndingWith("; run PostgresLog.migrate on this database");
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void every_acknowledged_append_is_there_once_when_backends_are_killed_at_random(long seed)
            throws Exception {
        Random random = new Random(seed);
        Map<Append, AppendOutcome> acknowledged = new HashMap<>();
        try (PostgresEventStore store = new PostgresEventStore(database.dataSource());
                ExecutorService writers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Map<Append, AppendOutcome>>> results = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                int writer = i;
                results.add(writers.submit(() -> write(store, writer, 100)));
            }
            for (long position = 0; position < 700; position += random.nextLong(60)) {
                store.awaitBeyond(position, Duration.ofSeconds(30));
                terminate();
            }
            for (Future<Map<Append, AppendOutcome>> result : results) {
                acknowledged.putAll(result.get());
            }
        }
        List<RecordedEvent> log = log();
        assertThat(log)
                .as("seed %d", seed)
                .extracting(RecordedEvent::position)
                .containsExactlyElementsOf(LongStream.rangeClosed(1, 800).boxed().toList());
        acknowledged.forEach(
                (append, outcome) -> {
                    Appended appended = (Appended) outcome;
                    RecordedEvent event = log.get((int) appended.firstPosition() - 1);
                    assertThat(event.id()).isEqualTo(append.events().getFirst().id());
                });
    }

    private static Map<Append, AppendOutcome> write(
            PostgresEventStore store, int writer, int number) {
        Map<Append, AppendOutcome> outcomes = new HashMap<>();
        for (int i = 0; i < number; i++) {
            Append append = append(event(stream(writer), "type"));
            outcomes.put(append, store.append(append));
        }
        return outcomes;
    }

    private void terminate() throws SQLException {
        try (Connection connection = database.dataSource().getConnection();
                PreparedStatement statement = connection.prepareStatement(TERMINATE_ANOTHER)) {
            statement.execute();
        }
    }

    private List<Long> positions() {
        return log().stream().map(RecordedEvent::position).toList();
    }

    private List<RecordedEvent> log() {
        try (PostgresEventStore store = new PostgresEventStore(database.dataSource())) {
            return store.read(Query.all(), 0, 10_000);
        }
    }
}
