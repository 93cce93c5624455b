package dev.twofold.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import dev.twofold.Append;
import dev.twofold.EventStoreException;
import dev.twofold.postgres.OrderEvent.CustomerRegistered;
import dev.twofold.postgres.TableAnswer.Behind;
import dev.twofold.postgres.TableAnswer.Read;
import dev.twofold.testkit.TestPostgres;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TableStatementTest {
    private static final TableStatement.Binding NONE = (_, _) -> {};

    private final HikariDataSource database = new HikariDataSource();
    private PostgresEventStore store;
    private TableReader log;

    @BeforeEach
    void open() {
        database.setJdbcUrl(TestPostgres.database().url());
        PostgresLog.migrate(database);
        store = new PostgresEventStore(database);
        log = TableReader.ofLog(Replicas.none(database));
    }

    @AfterEach
    void close() {
        store.close();
        database.close();
    }

    private void append() {
        store.append(Append.of(List.of(Shop.encode(new CustomerRegistered("c1", "Ada")))));
    }

    @Test
    void a_row_comes_with_how_far_the_tables_are() {
        append();
        TableStatement statement = log.statement(PlanFor.ANY_VALUES, "SELECT ?::text || '!'");
        for (int i = 0; i < 10; i++) {
            String word = "word " + i;
            assertThat(
                            statement.read(
                                    1,
                                    (prepared, first) -> prepared.setString(first, word),
                                    ResultSet::getString))
                    .isEqualTo(new Read<>(word + "!", 1, 0));
        }
        assertThat(
                        statement.read(
                                2,
                                (prepared, first) -> prepared.setString(first, "none"),
                                ResultSet::getString))
                .isEqualTo(new Behind<>(1));
    }

    /// The statement waits, and an event is appended meanwhile, between what it reads of the log
    /// and what tells how far that is.
    @Test
    void both_are_of_one_snapshot_without_a_transaction() throws Exception {
        append();
        TableStatement statement =
                log.statement(
                        PlanFor.THESE_VALUES,
                        "SELECT (SELECT pg_advisory_xact_lock(7) IS NULL), (SELECT count(*) FROM"
                                + " twofold.event)");
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                Connection holding = DriverManager.getConnection(database.getJdbcUrl());
                Statement lock = holding.createStatement()) {
            lock.execute("SELECT pg_advisory_lock(7)");
            Future<TableAnswer<Long>> answer =
                    threads.submit(
                            () -> statement.read(0, NONE, (row, first) -> row.getLong(first + 1)));
            Awaitility.await().until(() -> somebodyWaits(lock));
            append();
            lock.execute("SELECT pg_advisory_unlock(7)");
            assertThat(answer.get()).isEqualTo(new Read<>(1L, 1, 0));
        }
    }

    private static boolean somebodyWaits(Statement statement) throws SQLException {
        try (ResultSet row =
                statement.executeQuery(
                        "SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory' AND NOT"
                                + " granted")) {
            row.next();
            return row.getBoolean(1);
        }
    }

    @Test
    void what_is_planned_for_is_settled_for_the_statement_alone() throws SQLException {
        String settings =
                """
                SELECT concat(current_setting('plan_cache_mode'), ' ',
                  current_setting('max_parallel_workers_per_gather'))
                """;
        TableStatement any = log.statement(PlanFor.ANY_VALUES, settings);
        TableStatement these = log.statement(PlanFor.THESE_VALUES, settings);
        for (int i = 0; i < 10; i++) {
            assertThat(any.read(0, NONE, ResultSet::getString))
                    .isEqualTo(new Read<>("force_generic_plan 0", 0, 0));
            assertThat(these.read(0, NONE, ResultSet::getString))
                    .isEqualTo(new Read<>("force_custom_plan 0", 0, 0));
        }
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(settings)) {
            row.next();
            assertThat(row.getString(1)).startsWith("auto ").isNotEqualTo("auto 0");
        }
    }

    @Test
    void tables_that_are_not_there_yet_are_behind() {
        TableStatement none = log.statement(PlanFor.ANY_VALUES, "SELECT count(*) FROM not_there");
        assertThat(none.read(0, NONE, ResultSet::getLong)).isEqualTo(new Behind<>(0));
        TableStatement view =
                TableReader.of(Replicas.none(database), "order-page")
                        .statement(PlanFor.ANY_VALUES, "SELECT 1");
        assertThat(view.read(0, NONE, ResultSet::getInt)).isEqualTo(new Behind<>(0));
    }

    @Test
    void what_the_server_refuses_is_the_callers_to_know() {
        TableStatement wrong = log.statement(PlanFor.ANY_VALUES, "SELECT 1 / ?");
        assertThatThrownBy(
                        () ->
                                wrong.read(
                                        0,
                                        (prepared, first) -> prepared.setInt(first, 0),
                                        ResultSet::getInt))
                .isInstanceOf(EventStoreException.class)
                .rootCause()
                .hasMessageContaining("division by zero");
    }
}
