package dev.twofold.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.twofold.Append;
import dev.twofold.EventStoreException;
import dev.twofold.postgres.OrderEvent.CustomerRegistered;
import dev.twofold.postgres.OrderEvent.ItemAdded;
import dev.twofold.postgres.WaitOutcome.Reached;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Several nodes that share the work of the same projections.
@Timeout(120)
class SpreadTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final int BATCHES_AT_ONCE = 2;

    private final ReadModel model = ReadModel.fresh();
    private final Shop shop = new Shop();

    @Test
    void a_node_that_is_added_takes_its_share_and_one_that_goes_leaves_it() throws Exception {
        shop.record(new CustomerRegistered("c1", "Ada"));
        try (Projections first = node(model.dataSource(), "shared")) {
            first.catchUp();
            first.repartition("shared", 4);
            first.start();
            try (Projections second = node(model.dataSource(), "shared")) {
                second.start();
                awaitNodes(first, 2);
            }
            awaitNodes(first, 1);
        }
    }

    /// Records until the last batch of each partition was done by so many nodes, evenly.
    private void awaitNodes(Projections projections, int nodes) throws InterruptedException {
        List<String> all;
        do {
            long position = shop.record(new ItemAdded("o1", 1));
            assertThat(projections.await("shared", position, LONG)).isInstanceOf(Reached.class);
            all = projections.status().stream().map(PartitionStatus::node).toList();
        } while (Set.copyOf(all).size() != nodes || !isEven(all, nodes));
    }

    private static boolean isEven(List<String> all, int nodes) {
        return all.stream()
                .collect(Collectors.groupingBy(name -> name, Collectors.counting()))
                .values()
                .stream()
                .allMatch(share -> share == all.size() / nodes);
    }

    @Test
    void nodes_with_different_revisions_are_not_taken_for_each_others() {
        Shares shares =
                new Shares(
                        "b",
                        List.of(
                                new Shares.Node("a", List.of("page:1")),
                                new Shares.Node("b", List.of("page:2")),
                                new Shares.Node("c", List.of("page:1", "page:2"))));

        assertThat(shares.isOwn("page:1", 0) || shares.isOwn("page:1", 1)).isFalse();
        assertThat(shares.isOwn("page:2", 0) ^ shares.isOwn("page:2", 1)).isTrue();
        assertThat(new Shares("b", List.of()).isOwn("page:2", 0)).isFalse();
    }

    @Test
    void a_node_needs_no_more_connections_for_more_projections() throws Exception {
        List<Projection<?>> twenty = new ArrayList<>();
        IntStream.range(0, 20)
                .forEach(i -> twenty.add(Projection.of(Shop.TYPES, Shop.table("one-of-20-" + i))));
        shop.recordHistory(200, 9);
        Borrowed borrowed = new Borrowed(model.dataSource());
        try (Projections projections =
                new Projections(borrowed.dataSource(), shop.log, twenty, BATCHES_AT_ONCE)) {
            projections.start();
            for (Projection<?> each : twenty) {
                assertThat(projections.await(each.name(), shop.log.head(), LONG))
                        .isInstanceOf(Reached.class);
            }
        }
        int beatRebuildsAndPoll = 3;
        assertThat(borrowed.most()).isBetween(1, BATCHES_AT_ONCE + beatRebuildsAndPoll);
    }

    /// The node is paused in the middle of a batch, after it has written, for longer than the
    /// server has patience; what it does when it comes back is too late.
    @Test
    void a_node_that_was_paused_cannot_write_once_another_has_gone_on() throws Exception {
        shop.record(new ItemAdded("o1", 5), new ItemAdded("o2", 6));
        CountDownLatch paused = new CountDownLatch(1);
        CountDownLatch resume = new CountDownLatch(1);
        ProjectionRunner<OrderEvent> sleeper =
                model.runner(
                        shop.log,
                        sums(
                                () -> {
                                    paused.countDown();
                                    resume.await();
                                }),
                        100);
        ProjectionRunner<OrderEvent> other = model.runner(shop.log, sums(() -> {}), 100);
        try (ExecutorService thread = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Step> step = thread.submit(sleeper::step);
            paused.await();
            assertThat(other.step()).isEqualTo(new Step.Elsewhere());
            model.execute(
                    """
                    SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
                    WHERE state = 'idle in transaction' AND datname = current_database()
                    """);
            ReadModel.runToIdle(other);
            resume.countDown();

            assertThatThrownBy(step::get).hasCauseInstanceOf(EventStoreException.class);
        }
        assertThat(model.query("SELECT total FROM sums")).containsExactly("11");
        assertThat(sleeper.step()).isEqualTo(new Step.Idle(2));
    }

    @Test
    void the_server_gives_a_batch_up_whose_node_is_suspended_or_gone() {
        shop.record(new ItemAdded("o1", 5));
        List<String> settings = new ArrayList<>();
        Projection<OrderEvent> asking =
                Projection.sql(
                        "asking",
                        1,
                        Shop.TYPES,
                        "CREATE TABLE ${table} ()",
                        (_, _, connection) -> {
                            for (String name :
                                    List.of(
                                            "idle_in_transaction_session_timeout",
                                            "client_connection_check_interval",
                                            "tcp_keepalives_idle")) {
                                settings.add(show(connection, name));
                            }
                        });
        ReadModel.runToEnd(model.runner(shop.log, asking, 1));

        assertThat(settings).containsExactly("10s", "1s", "2");
    }

    /// The other one is in a batch of each when it is killed, and the log does not grow any more.
    @Test
    void a_node_that_stood_by_takes_over_all_partitions_of_one_that_is_killed() throws Exception {
        try (PostgresEventStore log = new PostgresEventStore(model.dataSource());
                Projections standby =
                        new Projections(model.dataSource(), log, List.of(quantities(() -> {})))) {
            standby.catchUp();
            standby.repartition("quantities", 2);
            for (String order : List.of("o1", "o2")) {
                log.append(Append.of(List.of(Shop.encode(new ItemAdded(order, 5)))));
            }
            Process holder = model.process(StuckNode.class);
            try (var lines = holder.inputReader()) {
                for (int partition = 0; partition < 2; partition++) {
                    assertThat(lines.readLine()).isEqualTo(StuckNode.STUCK);
                }
                standby.start();
                await().atMost(LONG)
                        .until(() -> model.query("SELECT node FROM twofold.node").size() == 2);
                assertThat(standby.status())
                        .extracting(PartitionStatus::position)
                        .containsExactly(0L, 0L);
            } finally {
                holder.destroyForcibly().waitFor();
            }

            assertThat(standby.await("quantities", 2, LONG)).isEqualTo(new Reached(2));
            assertThat(standby.status())
                    .extracting(PartitionStatus::position)
                    .containsExactly(2L, 2L);
        }
        assertThat(model.query("SELECT key, document ->> 'total' FROM quantities ORDER BY key"))
                .containsExactly("o1,5", "o2,5");
    }

    @Test
    void a_node_that_has_said_nothing_for_a_while_or_has_left_has_no_share() throws SQLException {
        model.execute(
                """
                INSERT INTO twofold.node (node, projections, seen_at) VALUES
                  ('here', '{page:1}', clock_timestamp() + interval '1 h'),
                  ('lost', '{page:1}', clock_timestamp() - interval '3 s')
                """);
        Nodes own = new Nodes(model.dataSource(), "own", List.of("page:1"));
        Nodes third = new Nodes(model.dataSource(), "third", List.of("page:1", "page:2"));
        third.heartbeat();

        assertThat(own.heartbeat())
                .isEqualTo(
                        new Shares(
                                "own",
                                List.of(
                                        new Shares.Node("here", List.of("page:1")),
                                        new Shares.Node("own", List.of("page:1")),
                                        new Shares.Node("third", List.of("page:1", "page:2")))));
        third.leave();
        assertThat(own.heartbeat().nodes())
                .extracting(Shares.Node::name)
                .containsExactly("here", "own");
    }

    /// Adds the quantities of each order up, after a pause.
    static Projection<OrderEvent> quantities(Pause pause) {
        return Projection.of(
                Shop.TYPES,
                new ViewTable<>(
                        new QuantityView(
                                "quantities",
                                _ -> {
                                    try {
                                        pause.pass();
                                    } catch (InterruptedException e) {
                                        throw new IllegalStateException(e);
                                    }
                                }),
                        Shop.CODEC));
    }

    /// Adds all quantities up, and then pauses.
    static Projection<OrderEvent> sums(Pause pause) {
        return Projection.sql(
                "sums",
                1,
                Shop.TYPES,
                "CREATE TABLE ${table} (total int); INSERT INTO ${table} VALUES (0)",
                (events, table, connection) -> {
                    int sum =
                            events.stream().mapToInt(e -> ((ItemAdded) e.event()).quantity()).sum();
                    try (Statement statement = connection.createStatement()) {
                        statement.execute("UPDATE %s SET total = total + %d".formatted(table, sum));
                    }
                    try {
                        pause.pass();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                });
    }

    interface Pause {
        void pass() throws InterruptedException;
    }

    private static String show(Connection connection, String setting) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SHOW " + setting)) {
            row.next();
            return row.getString(1);
        }
    }

    private Projections node(DataSource dataSource, String name) {
        return new Projections(
                dataSource, shop.log, List.of(Projection.of(Shop.TYPES, Shop.table(name))));
    }

    /// Counts how many connections are borrowed at the same time.
    private static final class Borrowed {
        private final DataSource dataSource;
        private final AtomicInteger now = new AtomicInteger();
        private final AtomicInteger most = new AtomicInteger();

        Borrowed(DataSource dataSource) {
            this.dataSource = dataSource;
        }

        int most() {
            return most.get();
        }

        DataSource dataSource() {
            return CutConnections.proxy(
                    DataSource.class,
                    (_, method, args) -> {
                        Object result = CutConnections.call(dataSource, method, args);
                        if (!(result instanceof Connection connection)) {
                            return result;
                        }
                        most.accumulateAndGet(now.incrementAndGet(), Math::max);
                        return CutConnections.proxy(
                                Connection.class,
                                (_, of, with) -> {
                                    if (of.getName().equals("close")) {
                                        now.decrementAndGet();
                                    }
                                    return CutConnections.call(connection, of, with);
                                });
                    });
        }
    }
}
