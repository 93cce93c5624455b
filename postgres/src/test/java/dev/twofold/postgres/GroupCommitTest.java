package dev.twofold.postgres;

import static dev.twofold.postgres.Logs.append;
import static dev.twofold.postgres.Logs.event;
import static dev.twofold.postgres.Logs.stream;
import static dev.twofold.postgres.Logs.tag;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twofold.Append;
import dev.twofold.AppendOutcome;
import dev.twofold.AppendOutcome.Appended;
import dev.twofold.AppendOutcome.Conflict;
import dev.twofold.AppendOutcome.Overloaded;
import dev.twofold.Condition;
import dev.twofold.Condition.ExpectedVersion;
import dev.twofold.Condition.NoneMatching;
import dev.twofold.Metadata;
import dev.twofold.NewEvent;
import dev.twofold.Query;
import dev.twofold.RecordedEvent;
import dev.twofold.UuidV7;
import dev.twofold.testkit.TestPostgres;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class GroupCommitTest {
    private static final Duration GIVE_UP_AFTER = Duration.ofSeconds(30);

    private final TestPostgres.Database database = Logs.empty();
    private final PostgresEventStore store =
            new PostgresEventStore(database.dataSource(), 4, GIVE_UP_AFTER);
    private final ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();

    @AfterEach
    void close() {
        store.close();
        callers.close();
    }

    @Test
    void appends_that_arrive_while_one_is_in_flight_are_one_commit() throws Exception {
        List<Future<AppendOutcome>> waiting = new ArrayList<>();
        try (HeldLog log = new HeldLog(database.dataSource())) {
            Future<AppendOutcome> first = inFlight(log, append(event(null, "first")));
            for (int i = 1; i <= 4; i++) {
                waiting.add(waiting(i, append(event(stream(i), "waiting"))));
            }
            log.release();

            assertThat(first.get()).isEqualTo(new Appended(1, 1));
            for (int i = 0; i < 4; i++) {
                assertThat(waiting.get(i).get()).isEqualTo(new Appended(i + 2, i + 2));
            }
        }
        assertThat(transactions()).isEqualTo(2);
    }

    @Test
    void each_has_its_own_outcome() throws Exception {
        Condition none = new ExpectedVersion(stream(1), 0);
        try (HeldLog log = new HeldLog(database.dataSource())) {
            Future<AppendOutcome> first = inFlight(log, append(event(stream(1), "first"), none));
            Future<AppendOutcome> late = waiting(1, append(event(stream(1), "late"), none));
            Future<AppendOutcome> free = waiting(2, append(event(stream(1), "free")));
            Future<AppendOutcome> garbage = waiting(3, append(garbage()));
            Future<AppendOutcome> other = waiting(4, append(event(stream(2), "other")));
            log.release();

            assertThat(first.get()).isEqualTo(new Appended(1, 1));
            assertThat(late.get()).isEqualTo(new Conflict(none, 1));
            assertThat(free.get()).isEqualTo(new Appended(2, 2));
            assertThatThrownBy(garbage::get)
                    .hasCauseInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("invalid input syntax for type json");
            assertThat(other.get()).isEqualTo(new Appended(3, 3));
        }
        assertThat(store.read(Query.all(), 0, 10))
                .extracting(RecordedEvent::type)
                .containsExactly("first", "free", "other");
    }

    @Test
    void what_one_of_the_same_commit_bears_on_is_decided_by_the_next() throws Exception {
        Condition alone = new NoneMatching(Query.tags(tag(1)), 0);
        Append retried = append(event(null, "retried"));
        try (HeldLog log = new HeldLog(database.dataSource())) {
            var _ = inFlight(log, append(event(null, "first")));
            Future<AppendOutcome> winner = waiting(1, append(event(null, "a", tag(1)), alone));
            Future<AppendOutcome> loser = waiting(2, append(event(null, "b", tag(1)), alone));
            Future<AppendOutcome> once = waiting(3, retried);
            Future<AppendOutcome> again = waiting(4, retried);
            log.release();

            assertThat(winner.get()).isEqualTo(new Appended(2, 2));
            assertThat(loser.get()).isEqualTo(new Conflict(alone, 2));
            assertThat(once.get()).isEqualTo(new Appended(3, 3));
            assertThat(again.get()).isEqualTo(new Appended(3, 3));
        }
        assertThat(transactions()).isEqualTo(2);
    }

    @Test
    void further_appends_are_told_to_come_back_later_when_too_many_wait() throws Exception {
        try (HeldLog log = new HeldLog(database.dataSource())) {
            var _ = inFlight(log, append(event(null, "first")));
            for (int i = 1; i <= 4; i++) {
                var _ = waiting(i, append(event(null, "waiting")));
            }

            assertThat(store.append(append(event(null, "too-many"))))
                    .isInstanceOfSatisfying(
                            Overloaded.class,
                            overloaded -> assertThat(overloaded.retryAfter()).isPositive());
        }
        store.close();
        assertThat(store.head()).isEqualTo(5);
    }

    @Test
    void an_append_that_waits_is_taken_back_when_its_caller_gives_up() throws Exception {
        try (HeldLog log = new HeldLog(database.dataSource())) {
            var _ = inFlight(log, append(event(null, "first")));
            Caller caller = new Caller(append(event(null, "given-up")));
            awaitWaiting(1);
            caller.thread.interrupt();
            caller.thread.join();

            assertThat(caller.failure).isInstanceOf(CancellationException.class);
            assertThat(caller.interrupted).isTrue();
        }
        store.close();
        assertThat(store.head()).isEqualTo(1);
    }

    @Test
    void an_append_in_flight_has_its_outcome_though_its_caller_gives_up() throws Exception {
        Caller caller;
        try (HeldLog log = new HeldLog(database.dataSource())) {
            caller = new Caller(append(event(null, "first")));
            log.awaitCalls(1);
            caller.thread.interrupt();
        }
        caller.thread.join();

        assertThat(caller.outcome).isEqualTo(new Appended(1, 1));
        assertThat(caller.interrupted).isTrue();
        assertThat(store.append(append(event(null, "next")))).isEqualTo(new Appended(2, 2));
    }

    @Test
    void closing_writes_what_waits_and_refuses_what_comes_after() throws Exception {
        Future<AppendOutcome> first;
        Future<AppendOutcome> second;
        Thread closing = Thread.ofVirtual().unstarted(store::close);
        try (HeldLog log = new HeldLog(database.dataSource())) {
            first = inFlight(log, append(event(null, "first")));
            second = waiting(1, append(event(null, "second")));
            closing.start();
        }
        closing.join();

        assertThat(first.get()).isEqualTo(new Appended(1, 1));
        assertThat(second.get()).isEqualTo(new Appended(2, 2));
        assertThatThrownBy(() -> store.append(append(event(null, "late"))))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the event store is closed, so nothing was appended; open a new one");
    }

    @Test
    void a_batch_holds_what_fits() throws Exception {
        String million = "\"%s\"".formatted("x".repeat(NewEvent.MAX_DATA_LENGTH - 2));
        List<Future<AppendOutcome>> large = new ArrayList<>();
        try (HeldLog log = new HeldLog(database.dataSource())) {
            var _ = inFlight(log, append(event(null, "first")));
            for (int i = 1; i <= 4; i++) {
                large.add(waiting(i, Append.of(List.of(data(million), data(million)))));
            }
        }
        for (int i = 0; i < 4; i++) {
            assertThat(large.get(i).get()).isEqualTo(new Appended(2 * i + 2, 2 * i + 3));
        }
        assertThat(transactions()).isEqualTo(3);
    }

    private Future<AppendOutcome> inFlight(HeldLog log, Append append) throws SQLException {
        Future<AppendOutcome> outcome = callers.submit(() -> store.append(append));
        log.awaitCalls(1);
        return outcome;
    }

    /// Appends as the nth of those that wait.
    private Future<AppendOutcome> waiting(int nth, Append append) {
        Future<AppendOutcome> outcome = callers.submit(() -> store.append(append));
        awaitWaiting(nth);
        return outcome;
    }

    private void awaitWaiting(int number) {
        while (store.waiting() != number) {
            Thread.onSpinWait();
        }
    }

    private long transactions() throws SQLException {
        try (Connection connection = database.dataSource().getConnection();
                PreparedStatement statement =
                        connection.prepareStatement(
                                "SELECT count(DISTINCT xmin::text) FROM twofold.event");
                ResultSet row = statement.executeQuery()) {
            row.next();
            return row.getLong(1);
        }
    }

    private static NewEvent garbage() {
        return data("{");
    }

    private static NewEvent data(String data) {
        return new NewEvent(UuidV7.next(), null, "type", 1, data, Set.of(), Metadata.none());
    }

    /// A thread of its own that appends.
    private final class Caller {
        private final Thread thread;
        private volatile @Nullable AppendOutcome outcome;
        private volatile @Nullable RuntimeException failure;
        private volatile boolean interrupted;

        private Caller(Append append) {
            thread = Thread.ofVirtual().start(() -> run(append));
        }

        private void run(Append append) {
            try {
                outcome = store.append(append);
            } catch (RuntimeException e) {
                failure = e;
            }
            interrupted = Thread.currentThread().isInterrupted();
        }
    }
}
