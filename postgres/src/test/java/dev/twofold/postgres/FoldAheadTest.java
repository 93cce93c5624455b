package dev.twofold.postgres;

import static dev.twofold.postgres.CatchUpTest.PAGE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.EventFeed;
import dev.twofold.postgres.CatchUpTest.Pages;
import dev.twofold.postgres.OrderEvent.CustomerRegistered;
import dev.twofold.postgres.OrderEvent.OrderPlaced;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Pages that are folded while the documents of those before are written.
@Timeout(120)
class FoldAheadTest {
    private static final int HISTORY = 150;
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static ReadModel model;

    private final Shop shop = new Shop();

    @BeforeAll
    static void createDatabase() {
        model = ReadModel.fresh();
    }

    /// The database does not get on with the first page's documents until the second page is
    /// folded, and that one waits for these to be on their way.
    @Test
    void a_page_is_folded_while_the_one_before_is_written() {
        shop.addItems("o1", 3 * PAGE);
        Meeting meeting = new Meeting();
        Projection<OrderEvent> counted =
                Projection.of(
                        Shop.TYPES,
                        new ViewTable<>(
                                new QuantityView("overlapped", meeting::folds), Shop.CODEC));

        ReadModel.runToEnd(
                ReadModel.runner(meeting.dataSource(), shop.log, counted, 0, Pages.ONE.size()));

        assertThat(meeting.met()).isTrue();
        assertThat(model.query("SELECT document ->> 'total' FROM overlapped"))
                .containsExactly(Integer.toString(3 * PAGE));
    }

    @Test
    void what_another_one_makes_of_a_document_meanwhile_is_kept() throws SQLException {
        shop.record(new CustomerRegistered("c1", "Ada"), new OrderPlaced("o1", "c1"));
        shop.addItems("o1", 4 * PAGE - 2);
        ProjectionRunner<OrderEvent> runner = runner(shop.log, "repaired");
        assertThat(runner.step()).isEqualTo(new Step.Advanced(PAGE, PAGE, true));

        Transaction.run(
                model.dataSource(),
                connection -> {
                    new Checkpoint("repaired", 1, 0).lockWaiting(connection, PATIENCE);
                    return addHundred(connection);
                });
        ReadModel.runToIdle(runner);

        assertThat(model.query("SELECT document ->> 'quantity' FROM repaired"))
                .containsExactly(Integer.toString(100 + 4 * PAGE - 2));
    }

    @Test
    void two_processes_may_take_turns() {
        shop.recordHistory(HISTORY, 32);
        ReadModel.runToEnd(model.runner(shop.log, "one-process", 1));
        List<ProjectionRunner<OrderEvent>> processes =
                List.of(runner(shop.log, "two-processes"), runner(shop.log, "two-processes"));

        int turn = 0;
        while (!(processes.get(turn++ % 2).step() instanceof Step.Idle)) {
            assertThat(turn).isLessThan(HISTORY);
        }

        assertThat(model.contents("two-processes")).isEqualTo(model.contents("one-process"));
    }

    private static int addHundred(Connection connection) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(
                        """
                        UPDATE repaired_1 SET document = jsonb_set(
                          document, '{quantity}', to_jsonb((document ->> 'quantity')::int + 100))
                        """)) {
            return statement.executeUpdate();
        }
    }

    private static ProjectionRunner<OrderEvent> runner(EventFeed log, String name) {
        return CatchUpTest.runner(model.dataSource(), log, name, Pages.ONE.size());
    }

    /// The statement that writes documents first, and the fold of the events behind them, wait for
    /// each other.
    private static final class Meeting {
        private static final String WRITES = "INSERT INTO overlapped_1 ";

        private final CountDownLatch writing = new CountDownLatch(1);
        private final CountDownLatch folded = new CountDownLatch(1);

        boolean met() {
            return writing.getCount() == 0 && folded.getCount() == 0;
        }

        void folds(long position) {
            if (position > PAGE) {
                await(writing);
                folded.countDown();
            }
        }

        private void writes() {
            writing.countDown();
            await(folded);
        }

        private static void await(CountDownLatch other) {
            try {
                if (!other.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                    throw new AssertionError("folding and writing did not meet");
                }
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }

        DataSource dataSource() {
            return CutConnections.proxy(
                    DataSource.class,
                    (_, method, args) ->
                            CutConnections.call(model.dataSource(), method, args)
                                            instanceof Connection connection
                                    ? connection(connection)
                                    : null);
        }

        private Connection connection(Connection connection) {
            return CutConnections.proxy(
                    Connection.class,
                    (_, method, args) -> {
                        Object result = CutConnections.call(connection, method, args);
                        return result instanceof PreparedStatement statement
                                        && args != null
                                        && args[0] instanceof String sql
                                        && sql.startsWith(WRITES)
                                ? statement(statement)
                                : result;
                    });
        }

        private PreparedStatement statement(PreparedStatement statement) {
            return CutConnections.proxy(
                    PreparedStatement.class,
                    (_, method, args) -> {
                        if (method.getName().equals("execute")) {
                            writes();
                        }
                        return CutConnections.call(statement, method, args);
                    });
        }
    }
}
