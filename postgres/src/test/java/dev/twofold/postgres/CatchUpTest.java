package dev.twofold.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.twofold.EventFeed;
import dev.twofold.EventStoreException;
import dev.twofold.postgres.OrderEvent.CustomerRegistered;
import dev.twofold.postgres.OrderEvent.ItemAdded;
import dev.twofold.postgres.OrderEvent.OrderPlaced;
import dev.twofold.testkit.TestPostgres;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Transactions that take in page after page while much is to be caught up with.
@Timeout(120)
class CatchUpTest {
    static final int PAGE = 7;
    private static final int HISTORY = 150;
    private static final Duration LONG = Duration.ofHours(1);

    /// What one statement writes, so that others can be loaded between.
    private static final int ONE_DOCUMENT = 1;

    /// Pages of a transaction; those behind it are folded while it writes.
    enum Pages {
        ONE(Duration.ofNanos(1), Long.MAX_VALUE),
        FEW(LONG, 600),
        ALL(LONG, Long.MAX_VALUE);

        private final Duration joining;
        private final long json;

        /// @param json of which it takes in about as much
        Pages(Duration joining, long json) {
            this.joining = joining;
            this.json = json;
        }

        BatchSize size() {
            return new BatchSize(PAGE, PAGE, 1, joining, joining, new CatchUpMemory(json));
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static ReadModel model;

    private final Shop shop = new Shop();

    @BeforeAll
    static void createDatabase() {
        model = ReadModel.fresh();
    }

    @Test
    void a_document_is_written_once_for_all_pages_that_change_it() {
        shop.record(new CustomerRegistered("c1", "Ada"), new OrderPlaced("o1", "c1"));
        for (int i = 2; i < 10 * PAGE; i++) {
            shop.record(new ItemAdded("o1", 1));
        }
        shop.record(new OrderPlaced("o2", "c1"));

        assertThat(joined("once").step()).isEqualTo(new Step.Advanced(10 * PAGE, 10 * PAGE, true));
        String firstRow = "(0,1)"; // a row that is changed moves to another place
        assertThat(model.query("SELECT key, document ->> 'quantity', position, ctid FROM once_1"))
                .containsExactly("o1,%d,%d,%s".formatted(10 * PAGE - 2, 10 * PAGE, firstRow));
    }

    /// Orders find what they look up, and renamed customers their orders, whether these are in the
    /// table, on their way there, or only in memory yet.
    @ParameterizedTest
    @EnumSource
    void the_same_is_written_as_event_by_event(Pages pages) {
        for (int seed = 1; seed <= 8; seed++) {
            Shop other = new Shop();
            other.recordHistory(HISTORY, seed);
            String apart = "apart-%s-%d".formatted(pages, seed);
            String joined = "joined-%s-%d".formatted(pages, seed);
            ReadModel.runToEnd(model.runner(other.log, apart, 1));
            ReadModel.runToEnd(runner(model.dataSource(), other.log, joined, pages.size()));

            assertThat(model.contents(joined)).as("seed %d", seed).isEqualTo(model.contents(apart));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"ALL", "FEW"})
    void each_event_takes_effect_once_wherever_the_connection_is_cut(Pages pages) {
        shop.recordHistory(HISTORY, 21);
        for (boolean afterTheCall : List.of(false, true)) {
            String prefix = "cut-%s-%s".formatted(pages, afterTheCall ? "after" : "before");
            CutConnections whole = new CutConnections(model.dataSource(), 0, afterTheCall);
            String undisturbed = prefix + "-0";
            ReadModel.runToEnd(runner(whole.dataSource(), shop.log, undisturbed, pages.size()));
            List<String> expected = model.contents(undisturbed);
            List<Integer> cuts = new ArrayList<>();

            for (int call = 1; call <= whole.calls(); call++) {
                String name = "%s-%d".formatted(prefix, call);
                CutConnections cut = new CutConnections(model.dataSource(), call, afterTheCall);
                ProjectionRunner<OrderEvent> runner =
                        runner(cut.dataSource(), shop.log, name, pages.size());
                try {
                    ReadModel.runToEnd(runner);
                } catch (EventStoreException e) {
                    cuts.add(call);
                }
                ReadModel.runToIdle(runner);
                assertThat(model.contents(name)).as(name).isEqualTo(expected);
            }
            assertThat(cuts).hasSizeGreaterThan(10);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"ALL", "ONE"})
    void an_event_that_does_not_fit_is_set_aside_and_the_rest_goes_on(Pages pages) {
        shop.record(new CustomerRegistered("c1", "Ada"), new OrderPlaced("o1", "c1"));
        shop.record(new OrderPlaced("o2", "c1"));
        shop.addItems("o1", 2 * PAGE);
        shop.record(new ItemAdded("o1", OrderPageView.POISON));
        shop.addItems("o1", PAGE);
        shop.addItems("o2", 3 * PAGE);
        String apart = "parked-apart-" + pages;
        String joined = "parked-joined-" + pages;
        ReadModel.runToIdle(model.runner(shop.log, apart, 1));

        ReadModel.runToIdle(runner(model.dataSource(), shop.log, joined, pages.size()));

        assertThat(model.contents(joined)).isEqualTo(model.contents(apart));
        assertThat(model.parked(joined)).hasSizeGreaterThan(PAGE).isEqualTo(model.parked(apart));
    }

    @Test
    void the_event_is_found_whose_document_the_database_refuses() {
        shop.record(new CustomerRegistered("c1", "Ada"), new OrderPlaced("o1", "c1"));
        shop.addItems("o1", 3 * PAGE);
        long bad = shop.record(new CustomerRegistered("c2", "no text in PostgreSQL has a \0"));
        shop.addItems("o1", 3 * PAGE);

        assertThat(ReadModel.runToEnd(joined("refused")))
                .isInstanceOfSatisfying(
                        Step.Stopped.class,
                        stopped -> assertThat(stopped.position()).isEqualTo(bad - 1));
        assertThat(model.query("SELECT document ->> 'quantity' FROM refused"))
                .containsExactly(Integer.toString(3 * PAGE));
    }

    @Test
    void no_more_is_kept_in_memory_than_is_allowed() {
        shop.recordHistory(HISTORY, 22);
        BatchSize little = new BatchSize(PAGE, PAGE, 1, LONG, LONG, new CatchUpMemory(1));

        ProjectionRunner<OrderEvent> runner =
                runner(model.dataSource(), shop.log, "little", little);

        assertThat(runner.step())
                .isInstanceOfSatisfying(
                        Step.Advanced.class, step -> assertThat(step.events()).isEqualTo(PAGE));
    }

    @Test
    void nothing_is_kept_once_it_has_caught_up_or_failed() {
        shop.recordHistory(HISTORY, 23);
        CatchUpMemory memory = new CatchUpMemory(Long.MAX_VALUE);
        BatchSize size = new BatchSize(PAGE, PAGE, 1, Duration.ofNanos(1), LONG, memory);
        ProjectionRunner<OrderEvent> caughtUp =
                runner(model.dataSource(), shop.log, "caught-up", size);
        CutConnections cut = new CutConnections(model.dataSource(), 40, true);
        ProjectionRunner<OrderEvent> failed = runner(cut.dataSource(), shop.log, "failed", size);

        caughtUp.step();
        assertThat(memory.share(this)).as("in the middle").isEqualTo(Long.MAX_VALUE / 2);
        ReadModel.runToEnd(caughtUp);
        assertThatThrownBy(() -> ReadModel.runToEnd(failed))
                .isInstanceOf(EventStoreException.class);

        assertThat(memory.share(this)).isEqualTo(Long.MAX_VALUE);
    }

    /// Nobody knows after the last full page that there is no other one.
    @Test
    void nothing_is_kept_where_the_log_ends_with_a_full_page() {
        shop.addItems("o1", 4 * PAGE);
        CatchUpMemory memory = new CatchUpMemory(Long.MAX_VALUE);
        BatchSize size = new BatchSize(PAGE, PAGE, 1, LONG, LONG, memory);
        ProjectionRunner<OrderEvent> runner =
                runner(model.dataSource(), shop.log, "full-page", size);

        assertThat(runner.step()).isEqualTo(new Step.Advanced(4 * PAGE, 4 * PAGE, true));
        assertThat(runner.step()).isEqualTo(new Step.Idle(4 * PAGE));

        assertThat(memory.share(this)).isEqualTo(Long.MAX_VALUE);
    }

    /// The transaction has the only connection, and the next page waits for it.
    @Test
    void it_goes_on_with_a_single_connection() {
        TestPostgres.Database database = Logs.empty();
        OrderEvent[] events = new OrderEvent[4 * PAGE + 2];
        Arrays.fill(events, new ItemAdded("o1", 1));
        events[0] = new CustomerRegistered("c1", "Ada");
        events[1] = new OrderPlaced("o1", "c1");
        try (PostgresEventStore log = new PostgresEventStore(database.dataSource())) {
            Logs.record(log, Shop.TYPES, events);
        }
        HikariConfig pool = new HikariConfig();
        pool.setDataSource(database.dataSource());
        pool.setMaximumPoolSize(1);
        pool.setConnectionTimeout(0); // for good
        try (HikariDataSource one = new HikariDataSource(pool);
                PostgresEventStore log = new PostgresEventStore(one)) {
            Step last = ReadModel.runToEnd(runner(one, log, "single", Pages.ALL.size()));

            assertThat(last).isEqualTo(new Step.Idle(events.length));
            assertThat(new ReadModel(one).query("SELECT document ->> 'quantity' FROM single"))
                    .containsExactly(Integer.toString(4 * PAGE));
        }
    }

    private ProjectionRunner<OrderEvent> joined(String name) {
        return runner(model.dataSource(), shop.log, name, Pages.ALL.size());
    }

    static ProjectionRunner<OrderEvent> runner(
            DataSource dataSource, EventFeed log, String name, BatchSize size) {
        return ReadModel.runner(
                dataSource,
                log,
                new ViewProjection<>(Shop.TYPES, Shop.table(name), 1_000, ONE_DOCUMENT),
                0,
                size);
    }
}
