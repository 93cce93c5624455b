package dev.twofold.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.EventFeed;
import dev.twofold.EventStoreException;
import dev.twofold.Keys;
import dev.twofold.Recorded;
import dev.twofold.View;
import dev.twofold.postgres.OrderEvent.CustomerRegistered;
import dev.twofold.postgres.OrderEvent.ItemAdded;
import dev.twofold.postgres.OrderEvent.OrderPlaced;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Pages that are folded while the documents of those before are written.
@Timeout(120)
class FoldAheadTest {
    private static final int PAGE = 7;
    private static final int HISTORY = 150;

    /// Documents that one statement writes, so that others are loaded between.
    private static final int ONE = 1;

    private static final Duration LONG = Duration.ofHours(1);
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
        for (int i = 0; i < 3 * PAGE; i++) {
            shop.record(new ItemAdded("o1", 1));
        }
        Meeting meeting = new Meeting();
        Projection<OrderEvent> counted =
                Projection.of(
                        Shop.TYPES,
                        new ViewTable<>(new MeetingView("overlapped", meeting), Shop.CODEC));

        ReadModel.runToEnd(runner(meeting.dataSource(), shop.log, counted, onePage()));

        assertThat(meeting.met()).isTrue();
        assertThat(model.query("SELECT document ->> 'count' FROM overlapped"))
                .containsExactly(Integer.toString(3 * PAGE));
    }

    @Test
    void the_same_is_written_as_event_by_event() {
        for (int seed = 1; seed <= 8; seed++) {
            Shop other = new Shop();
            other.recordHistory(HISTORY, seed);
            ReadModel.runToEnd(model.runner(other.log, "apart-" + seed, 1));
            ReadModel.runToEnd(
                    runner(model.dataSource(), other.log, "ahead-" + seed, few(200L * seed)));

            assertThat(model.contents("ahead-" + seed))
                    .as("seed %d", seed)
                    .isEqualTo(model.contents("apart-" + seed));
        }
    }

    @Test
    void each_event_takes_effect_once_wherever_the_connection_is_cut() {
        shop.recordHistory(HISTORY, 31);
        for (boolean afterTheCall : List.of(false, true)) {
            CutConnections whole = new CutConnections(model.dataSource(), 0, afterTheCall);
            String undisturbed = "undisturbed-" + afterTheCall;
            ReadModel.runToEnd(runner(whole.dataSource(), shop.log, undisturbed, few(600)));
            List<String> expected = model.contents(undisturbed);
            List<Integer> cuts = new ArrayList<>();

            for (int call = 1; call <= whole.calls(); call++) {
                String name = "cut-" + afterTheCall + "-at-" + call;
                CutConnections cut = new CutConnections(model.dataSource(), call, afterTheCall);
                ProjectionRunner<OrderEvent> runner =
                        runner(cut.dataSource(), shop.log, name, few(600));
                try {
                    ReadModel.runToEnd(runner);
                } catch (EventStoreException e) {
                    cuts.add(call);
                }
                ReadModel.runToIdle(runner);
                assertThat(model.contents(name)).as("call %d", call).isEqualTo(expected);
            }
            assertThat(cuts).hasSizeGreaterThan(20);
        }
    }

    @Test
    void an_event_that_does_not_fit_is_set_aside_and_the_rest_goes_on() {
        shop.record(new CustomerRegistered("c1", "Ada"), new OrderPlaced("o1", "c1"));
        shop.record(new OrderPlaced("o2", "c1"));
        add("o1", 2 * PAGE);
        shop.record(new ItemAdded("o1", OrderPageView.POISON));
        add("o1", PAGE);
        add("o2", 3 * PAGE);
        ReadModel.runToIdle(model.runner(shop.log, "parked-apart", 1));

        ReadModel.runToIdle(runner(model.dataSource(), shop.log, "parked-ahead", onePage()));

        assertThat(model.contents("parked-ahead")).isEqualTo(model.contents("parked-apart"));
        assertThat(parked("parked-ahead"))
                .hasSizeGreaterThan(PAGE)
                .isEqualTo(parked("parked-apart"));
    }

    @Test
    void what_another_one_makes_of_a_document_meanwhile_is_kept() throws SQLException {
        shop.record(new CustomerRegistered("c1", "Ada"), new OrderPlaced("o1", "c1"));
        add("o1", 4 * PAGE - 2);
        ProjectionRunner<OrderEvent> runner =
                runner(model.dataSource(), shop.log, "repaired", onePage());
        assertThat(runner.step()).isEqualTo(new Step.Advanced(PAGE, PAGE, true));

        Transaction.run(
                model.dataSource(),
                connection -> {
                    new Checkpoint("repaired", 1, 0).lockWaiting(connection);
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
                List.of(
                        runner(model.dataSource(), shop.log, "two-processes", onePage()),
                        runner(model.dataSource(), shop.log, "two-processes", onePage()));

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

    private void add(String order, int times) {
        for (int i = 0; i < times; i++) {
            shop.record(new ItemAdded(order, 1));
        }
    }

    private static List<String> parked(String name) {
        return model.query(
                """
                SELECT key, position, attempts FROM twofold.parked_event
                WHERE projection = '%s' ORDER BY view, key, position
                """
                        .formatted(name));
    }

    /// A transaction takes in a page, and folds the next one ahead.
    private static BatchSize onePage() {
        Duration none = Duration.ofNanos(1);
        return new BatchSize(PAGE, PAGE, 1, none, none, Long.MAX_VALUE);
    }

    /// A transaction takes in pages until they have about as much JSON.
    private static BatchSize few(long json) {
        return new BatchSize(PAGE, PAGE, 1, LONG, LONG, json);
    }

    private static ProjectionRunner<OrderEvent> runner(
            DataSource dataSource, EventFeed log, String name, BatchSize size) {
        return runner(
                dataSource,
                log,
                new ViewProjection<>(Shop.TYPES, Shop.table(name), 1_000, ONE),
                size);
    }

    private static ProjectionRunner<OrderEvent> runner(
            DataSource dataSource,
            EventFeed log,
            Projection<OrderEvent> projection,
            BatchSize size) {
        return new ProjectionRunner<>(
                dataSource,
                new LogPages<>(log, projection),
                projection,
                Generations::live,
                0,
                new Checkpoints(dataSource, "node", FailurePolicy.STANDARD.attempts()),
                size,
                FailurePolicy.STANDARD);
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

    /// Counts the events of an order.
    private record MeetingView(String name, Meeting meeting)
            implements View<OrderEvent, MeetingView.Count> {

        record Count(int count) {}

        @Override
        public int revision() {
            return 1;
        }

        @Override
        public Class<Count> documentType() {
            return Count.class;
        }

        @Override
        public Keys keys(OrderEvent event) {
            return event instanceof ItemAdded(String order, _) ? Keys.of(order) : Keys.none();
        }

        @Override
        public @Nullable Count fold(
                String key, @Nullable Count before, Recorded<OrderEvent> event, Lookup lookup) {
            meeting.folds(event.position());
            return new Count(before == null ? 1 : before.count + 1);
        }
    }
}
