package dev.twofold.postgres;

import static dev.twofold.postgres.Logs.append;
import static dev.twofold.postgres.Logs.event;
import static dev.twofold.postgres.Logs.stream;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twofold.AppendOutcome.Appended;
import dev.twofold.AppendOutcome.Conflict;
import dev.twofold.Condition;
import dev.twofold.Condition.NoneMatching;
import dev.twofold.Metadata;
import dev.twofold.NewEvent;
import dev.twofold.Query;
import dev.twofold.RecordedEvent;
import dev.twofold.UuidV7;
import dev.twofold.testkit.TestPostgres;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Appends in a transaction that is not the store's.
@Timeout(60)
class CallerTransactionTest {
    private final TestPostgres.Database database = Logs.empty();
    private final PostgresEventStore store = new PostgresEventStore(database.dataSource());

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void events_are_there_after_the_commit_and_not_before() throws SQLException {
        try (Connection connection = transaction()) {
            assertThat(store.append(connection, append(event(stream(1), "one"))))
                    .isEqualTo(new Appended(1, 1));
            assertThat(store.append(connection, append(event(stream(1), "two"))))
                    .isEqualTo(new Appended(2, 2));
            assertThat(store.head()).isZero();
            connection.commit();
        }
        assertThat(store.read(Query.all(), 0, 10))
                .extracting(RecordedEvent::version)
                .containsExactly(1L, 2L);
    }

    @Test
    void a_transaction_that_stands_still_under_the_lock_does_not_hold_up_the_others_for_good()
            throws SQLException {
        try (Connection suspended = transaction()) {
            store.append(suspended, append(event(null, "never-committed")));

            assertThat(store.append(append(event(null, "of-another"))))
                    .isEqualTo(new Appended(1, 1));
            assertThatThrownBy(suspended::commit).isInstanceOf(SQLException.class);
        }
        assertThat(store.read(Query.all(), 0, 10))
                .extracting(RecordedEvent::type)
                .containsExactly("of-another");
    }

    @Test
    void a_rollback_leaves_no_gap() throws SQLException {
        store.append(append(event(null, "before")));
        try (Connection connection = transaction()) {
            store.append(connection, append(event(null, "given-up")));
            connection.rollback();
        }
        assertThat(store.append(append(event(null, "after")))).isEqualTo(new Appended(2, 2));
    }

    @Test
    void a_conflict_leaves_the_decision_to_the_caller() throws SQLException {
        store.append(append(event(null, "before")));
        Condition nothing = new NoneMatching(Query.all(), 0);
        try (Connection connection = transaction()) {
            assertThat(store.append(connection, append(event(null, "refused"), nothing)))
                    .isEqualTo(new Conflict(nothing, 1));
            assertThat(store.append(connection, append(event(null, "taken"))))
                    .isEqualTo(new Appended(2, 2));
            connection.commit();
        }
    }

    @Test
    void data_that_the_database_refuses_is_the_callers_mistake() throws SQLException {
        NewEvent garbage =
                new NewEvent(UuidV7.next(), null, "type", 1, "{", Set.of(), Metadata.none());
        try (Connection connection = transaction()) {
            assertThatThrownBy(() -> store.append(connection, append(garbage)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("invalid input syntax for type json");
        }
    }

    @Test
    void a_connection_in_autocommit_mode_is_refused() throws SQLException {
        try (Connection connection = database.dataSource().getConnection()) {
            assertThatThrownBy(() -> store.append(connection, append(event(null, "type"))))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("call setAutoCommit(false)");
        }
    }

    @ParameterizedTest
    @ValueSource(
            ints = {Connection.TRANSACTION_REPEATABLE_READ, Connection.TRANSACTION_SERIALIZABLE})
    void a_transaction_that_sees_the_past_is_refused(int isolation) throws SQLException {
        try (Connection connection = transaction()) {
            connection.setTransactionIsolation(isolation);
            assertThatThrownBy(() -> store.append(connection, append(event(null, "type"))))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining(
                            "an append needs the isolation level READ COMMITTED, but the"
                                    + " transaction has ");
        }
        assertThat(store.head()).isZero();
    }

    private Connection transaction() throws SQLException {
        Connection connection = database.dataSource().getConnection();
        connection.setAutoCommit(false);
        return connection;
    }
}
