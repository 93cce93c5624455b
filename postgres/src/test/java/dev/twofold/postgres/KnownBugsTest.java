package dev.twofold.postgres;

import static dev.twofold.postgres.Logs.event;
import static dev.twofold.postgres.Logs.tag;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.Append;
import dev.twofold.AppendOutcome;
import dev.twofold.Condition;
import dev.twofold.Condition.NoneMatching;
import dev.twofold.Decision;
import dev.twofold.DecisionModel;
import dev.twofold.EventStore;
import dev.twofold.EventTypes;
import dev.twofold.Metadata;
import dev.twofold.Projection;
import dev.twofold.Query;
import dev.twofold.RecordedEvent;
import dev.twofold.Tag;
import dev.twofold.jackson.JacksonCodec;
import dev.twofold.postgres.BrokenLog.Bug;
import dev.twofold.testkit.HistoryChecker;
import dev.twofold.testkit.TestPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.postgresql.ds.PGSimpleDataSource;

/// Nine bugs that were found in event stores: each is provoked in this store, and in one that has
/// it, where the history shows it.
@Timeout(60)
class KnownBugsTest {
    private static final Tag RED = tag(1);
    private static final Tag BLUE = tag(2);
    private static final Condition NONE_RED = new NoneMatching(Query.tags(RED), 0);
    private static final Condition NONE_BLUE = new NoneMatching(Query.tags(BLUE), 0);

    private final TestPostgres.Database database = Logs.empty();
    private final HistoryChecker checker = new HistoryChecker();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<PostgresEventStore> stores = new ArrayList<>();

    @AfterEach
    void close() {
        threads.close();
        stores.forEach(PostgresEventStore::close);
    }

    @ParameterizedTest
    @EnumSource
    void the_store_does_not_have_it(Bug bug) throws Exception {
        DataSource log = provoke(bug, new ThisStore());

        assertThat(checker.violations(events(log))).isEmpty();
        assertThat(new LogVerifier(log).verify(_ -> {}).first()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void the_history_of_a_store_that_has_it_shows_it(Bug bug) throws Exception {
        DataSource log = provoke(bug, new StoreWithBug(bug));

        assertThat(checker.violations(events(log))).singleElement().asString().endsWith(trace(bug));
    }

    private static String trace(Bug bug) {
        return switch (bug) {
            case CHECK_WITHOUT_LOCK, UNCONDITIONAL_PAST_THE_LOCK, LOCK_OF_THE_CONDITIONS_KEYS ->
                    "got position 2 on the condition %s, but the event \"taken\" at position 1 matches"
                            .formatted(NONE_RED);
            case CHECK_PAST_IN_FLIGHT ->
                    "got position 2 on the condition %s, but the event \"%s\" at position 1 matches"
                            .formatted(NONE_RED, Pauses.BEFORE_COMMIT);
            case REPEATABLE_READ ->
                    "got position 2 on the condition %s, but the event \"%s\" at position 1 matches"
                            .formatted(NONE_RED, Pauses.AFTER_CHECK);
            case MARKER_AFTER_READ ->
                    "but its client had read the query only up to 0, and the event \"taken\" at"
                            + " position 1 matches";
            case READER_PASSES_IN_FLIGHT ->
                    "returned position 2, but not the event \"%s\" at position 1"
                            .formatted(Pauses.BEFORE_COMMIT);
            case IDLE_TRANSACTION_STALLS_READERS, RESTORE_HIDES_HISTORY ->
                    "began after position 1 had been seen, but did not return the event \"taken\""
                            + " at position 1";
        };
    }

    /// Does what brings the bug about, and returns where the log is then.
    private DataSource provoke(Bug bug, Kind kind) throws Exception {
        DataSource log = bug == Bug.REPEATABLE_READ ? repeatableRead() : database.dataSource();
        kind.install(log);
        EventStore one = checker.watch(kind.open(log));
        EventStore other = checker.watch(kind.open(log));
        switch (bug) {
            case CHECK_WITHOUT_LOCK, REPEATABLE_READ ->
                    race(
                            () -> one.append(append(Pauses.AFTER_CHECK, NONE_RED, RED)),
                            () -> other.append(append("taken", NONE_RED, RED)));
            case LOCK_OF_THE_CONDITIONS_KEYS ->
                    race(
                            () -> one.append(append(Pauses.AFTER_CHECK, NONE_RED, RED)),
                            () -> other.append(append("taken", NONE_BLUE, RED, BLUE)));
            case CHECK_PAST_IN_FLIGHT ->
                    race(
                            () -> one.append(append(Pauses.BEFORE_COMMIT, NONE_RED, RED)),
                            () -> other.append(append("taken", NONE_RED, RED)));
            case UNCONDITIONAL_PAST_THE_LOCK ->
                    race(
                            () -> one.append(append(Pauses.AFTER_CHECK, NONE_RED, RED)),
                            () -> other.append(unconditional("taken")));
            case READER_PASSES_IN_FLIGHT ->
                    race(
                            () -> one.append(unconditional(Pauses.BEFORE_COMMIT)),
                            () -> {
                                other.append(unconditional("taken"));
                                other.read(Query.all(), 0, 10);
                            });
            case MARKER_AFTER_READ ->
                    kind.takeOnce(new Interrupted(one, () -> other.append(unconditional("taken"))));
            case IDLE_TRANSACTION_STALLS_READERS -> {
                try (Connection idle = transaction(log)) {
                    one.append(unconditional("taken"));
                    other.read(Query.all(), 0, 10);
                    idle.rollback();
                }
            }
            case RESTORE_HIDES_HISTORY -> {
                return restore(kind, one);
            }
        }
        return log;
    }

    private DataSource restore(Kind kind, EventStore store) throws SQLException, IOException {
        TestPostgres.Database target = TestPostgres.durableDatabase();
        PostgresLog.migrate(target.dataSource());
        kind.install(target.dataSource());
        DumpAndRestore.age(database, target);
        store.append(unconditional("taken"));
        DumpAndRestore.run(database, target);

        EventStore restored = checker.watch(kind.open(target.dataSource()));
        restored.read(Query.all(), 0, 10);
        restored.append(append("taken", NONE_RED, RED));
        return target.dataSource();
    }

    /// Runs one client until it pauses, then another until it is done or cannot go on, and lets
    /// both end.
    private void race(Runnable pausing, Runnable meanwhile) throws Exception {
        try (Pauses pauses = new Pauses(database.dataSource())) {
            pauses.hold();
            Future<?> first = threads.submit(pausing);
            pauses.awaitPaused(first);
            Future<?> second = threads.submit(meanwhile);
            pauses.awaitDoneOrStopped(second);
            pauses.release();
            first.get();
            second.get();
        }
    }

    private DataSource repeatableRead() {
        PGSimpleDataSource dataSource = new PGSimpleDataSource();
        dataSource.setUrl(database.url());
        dataSource.setOptions("-c default_transaction_isolation=repeatable\\ read");
        return dataSource;
    }

    /// A transaction that has written, and does nothing more.
    private static Connection transaction(DataSource dataSource) throws SQLException {
        Connection connection = dataSource.getConnection();
        connection.setAutoCommit(false);
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT pg_current_xact_id()")) {
            statement.execute();
        }
        return connection;
    }

    private static List<RecordedEvent> events(DataSource log) throws SQLException {
        try (Connection connection = log.getConnection()) {
            return EventReads.read(connection, Query.all(), 0, 100);
        }
    }

    private static Append append(String type, Condition condition, Tag... tags) {
        return Logs.append(event(null, type, tags), condition);
    }

    private static Append unconditional(String type) {
        return Logs.append(event(null, type, RED));
    }

    /// Stores of one kind, and what a client does that wants to be the only one to take the red
    /// thing.
    private interface Kind {
        /// Makes what its stores need beside the tables of a log.
        void install(DataSource log) throws SQLException;

        EventStore open(DataSource log);

        void takeOnce(EventStore store);
    }

    record Taken(int a) {}

    private final class ThisStore implements Kind {
        private static final EventTypes<Taken> TYPES =
                EventTypes.builder(Taken.class, new JacksonCodec())
                        .event("taken", 1, Taken.class)
                        .tags(_ -> Set.of(RED))
                        .build();

        @Override
        public void install(DataSource log) {
            // the log is all it needs
        }

        @Override
        public EventStore open(DataSource log) {
            PostgresEventStore store = new PostgresEventStore(log);
            stores.add(store);
            return store;
        }

        @Override
        public void takeOnce(EventStore store) {
            var taken = Projection.<Boolean, Taken>of(false, RED).on(Taken.class, (_, _) -> true);
            DecisionModel.<String, Taken, String>handler(
                            store,
                            TYPES,
                            _ ->
                                    new DecisionModel<>(
                                            List.of(taken),
                                            facts ->
                                                    facts.of(taken)
                                                            ? Decision.refuse("taken")
                                                            : Decision.accept(new Taken(1))))
                    .handle("take", Metadata.none());
        }
    }

    private record StoreWithBug(Bug bug) implements Kind {
        @Override
        public void install(DataSource log) throws SQLException {
            BrokenLog.install(log);
        }

        @Override
        public EventStore open(DataSource log) {
            return new BrokenLog(log, bug);
        }

        @Override
        public void takeOnce(EventStore store) {
            Query red = Query.tags(RED);
            if (store.read(red, 0, 10).isEmpty()) {
                long marker = store.head();
                store.append(append("taken", new NoneMatching(red, marker), RED));
            }
        }
    }

    /// A store that lets somebody else in after the first read.
    private static final class Interrupted implements EventStore {
        private final EventStore store;
        private Runnable intruder;

        private Interrupted(EventStore store, Runnable intruder) {
            this.store = store;
            this.intruder = intruder;
        }

        @Override
        public AppendOutcome append(Append append) {
            return store.append(append);
        }

        @Override
        public List<RecordedEvent> read(Query query, long after, int limit) {
            List<RecordedEvent> events = store.read(query, after, limit);
            intruder.run();
            intruder = () -> {};
            return events;
        }

        @Override
        public long head() {
            return store.head();
        }
    }
}
