package dev.twofold.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import dev.twofold.Append;
import dev.twofold.AppendOutcome;
import dev.twofold.AppendOutcome.Appended;
import dev.twofold.AppendOutcome.Repeated;
import dev.twofold.NewEvent;
import dev.twofold.Query;
import dev.twofold.Receipt;
import dev.twofold.Recorded;
import dev.twofold.RecordedEvent;
import dev.twofold.postgres.OrderEvent.CustomerRegistered;
import dev.twofold.postgres.OrderEvent.CustomerRenamed;
import dev.twofold.postgres.OrderEvent.ItemAdded;
import dev.twofold.postgres.OrderEvent.OrderPlaced;
import dev.twofold.postgres.OrderPageView.OrderPage;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Normalized tables, and documents, that are kept in the append's transaction.
@Timeout(120)
class InlineProjectionsTest {
    private static final String TABLES =
            """
            CREATE TABLE customer (
              id text PRIMARY KEY,
              name text UNIQUE DEFERRABLE INITIALLY DEFERRED
            );
            CREATE TABLE "order" (
              id text PRIMARY KEY,
              customer text NOT NULL REFERENCES customer,
              quantity int NOT NULL DEFAULT 0 CHECK (quantity < 100)
            );
            """;
    private static final Projection<OrderEvent> OWN =
            Projection.ownTables("orders", Shop.TYPES, InlineProjectionsTest::write);
    private static final Projection<OrderEvent> PAGES =
            Projection.of(Shop.TYPES, Shop.table("order-page"));

    private final HikariDataSource pool = Logs.pool(Logs.empty());
    private final ReadModel model = new ReadModel(pool);
    private final ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();
    private final PostgresEventStore store = new PostgresEventStore(pool, List.of(OWN, PAGES));

    InlineProjectionsTest() {
        model.execute(TABLES);
    }

    @AfterEach
    void close() {
        store.close();
        callers.close();
        pool.close();
    }

    @Test
    void queries_see_what_was_appended_as_soon_as_it_is() {
        record(new CustomerRegistered("c1", "Ada"), new OrderPlaced("o1", "c1"));
        long last = record(new ItemAdded("o1", 7));

        assertThat(model.query("SELECT * FROM \"order\"")).containsExactly("o1,c1,7");
        assertThat(model.reader("order-page").find("o1", last))
                .isEqualTo(new ViewAnswer.Found<>(new OrderPage("c1", "Ada", 1, 7), 3, last, 1));
    }

    @Test
    void an_append_that_breaks_a_constraint_is_rejected_whole() {
        record(new CustomerRegistered("c1", "Ada"));

        assertThatThrownBy(
                        () ->
                                record(
                                        new CustomerRegistered("c2", "Bob"),
                                        new OrderPlaced("o1", "nobody")))
                .isInstanceOfSatisfying(
                        RejectedAppendException.class,
                        e -> {
                            assertThat(e.projection()).isEqualTo("orders");
                            assertThat(e.sqlState()).isEqualTo("23503");
                        })
                .hasMessageStartingWith(
                        "inline projection \"orders\" does not take the append, and nothing was"
                                + " written: ")
                .hasMessageContaining("order_customer_fkey");

        assertThat(model.query("SELECT id FROM customer")).containsExactly("c1");
        assertThat(store.head()).isEqualTo(1);
        assertThat(record(new CustomerRegistered("c2", "Bob"))).isEqualTo(2);
    }

    @Test
    void one_that_throws_is_rejected_and_has_no_part_in_the_tables_before_it() {
        record(new CustomerRegistered("c1", "Ada"), new OrderPlaced("o1", "c1"));
        model.execute("ALTER TABLE \"order\" DROP CONSTRAINT order_quantity_check");

        assertThatThrownBy(() -> record(new ItemAdded("o1", OrderPageView.POISON)))
                .isInstanceOfSatisfying(
                        RejectedAppendException.class,
                        e -> {
                            assertThat(e.projection()).isEqualTo("order-page");
                            assertThat(e.sqlState()).isNull();
                        })
                .hasMessageContaining("nobody orders 666 of anything");
        assertThat(model.query("SELECT quantity FROM \"order\"")).containsExactly("0");
        assertThat(model.query("SELECT count(*) FROM twofold.parked_event")).containsExactly("0");
    }

    /// Names are unique at the end of an append only, as their constraint is deferred.
    @Test
    void a_deferred_constraint_is_checked_at_the_end_of_each_append() throws Exception {
        record(new CustomerRegistered("c1", "Ada"), new CustomerRegistered("c2", "Bob"));

        List<Future<AppendOutcome>> batch =
                inOneBatch(
                        List.of(new CustomerRenamed("c1", "Bob"), new CustomerRenamed("c2", "Ada")),
                        List.of(new CustomerRegistered("c3", "Ada")),
                        List.of(new CustomerRenamed("c1", "Ada"), new CustomerRenamed("c2", "Bob")),
                        List.of(new CustomerRegistered("c3", "Eve")));

        assertThat(batch.get(0).get()).isEqualTo(new Appended(4, 5));
        assertRejected(batch.get(1), "customer_name_key");
        assertThat(batch.get(2).get()).isEqualTo(new Appended(6, 7));
        assertThat(batch.get(3).get()).isEqualTo(new Appended(8, 8));
        assertThat(model.query("SELECT id, name FROM customer ORDER BY id"))
                .containsExactly("c1,Ada", "c2,Bob", "c3,Eve", "first,First");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void only_those_at_fault_are_rejected_of_what_goes_in_one_commit(long seed) throws Exception {
        Random random = new Random(seed);
        record(new CustomerRegistered("c1", "Ada"));
        List<List<OrderEvent>> appends = new ArrayList<>();
        List<Boolean> good = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            good.add(random.nextInt(3) > 0);
            String customer = good.getLast() ? "c1" : "nobody";
            appends.add(
                    List.of(new OrderPlaced("a" + i, "c1"), new OrderPlaced("b" + i, customer)));
        }

        List<Future<AppendOutcome>> batch = inOneBatch(appends);

        List<String> orders = new ArrayList<>();
        long position = 2;
        for (int i = 0; i < 20; i++) {
            if (good.get(i)) {
                assertThat(batch.get(i).get())
                        .as("seed %d", seed)
                        .isEqualTo(new Appended(position + 1, position + 2));
                position += 2;
                orders.addAll(List.of("a" + i, "b" + i));
            } else {
                assertRejected(batch.get(i), "order_customer_fkey");
            }
        }
        assertThat(model.query("SELECT id FROM \"order\""))
                .containsExactlyInAnyOrderElementsOf(orders);
        assertThat(model.query("SELECT key FROM order_page"))
                .containsExactlyInAnyOrderElementsOf(orders);
        assertThat(positions())
                .containsExactlyElementsOf(LongStream.rangeClosed(1, position).boxed().toList());
    }

    @Test
    void data_that_the_database_cannot_store_is_refused_alone() throws Exception {
        NewEvent garbage = Shop.stored("item-added", "{");
        Future<AppendOutcome> refused;
        Future<AppendOutcome> taken;
        try (HeldLog log = new HeldLog(pool)) {
            var _ = callers.submit(() -> record(new CustomerRegistered("c1", "Ada")));
            log.awaitCalls(1);
            refused = callers.submit(() -> store.append(Append.of(List.of(garbage))));
            taken = callers.submit(() -> append(new CustomerRegistered("c2", "Bob")));
            awaitWaiting(2);
        }
        assertThatThrownBy(refused::get)
                .hasCauseInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("invalid input syntax for type json");
        assertThat(taken.get()).isEqualTo(new Appended(2, 2));
    }

    @Test
    void a_rejected_append_leaves_no_receipt() {
        Receipt receipt = new Receipt("key", "done");
        Append order =
                new Append(List.of(Shop.encode(new OrderPlaced("o1", "c1"))), List.of(), receipt);

        assertThatThrownBy(() -> store.append(order)).isInstanceOf(RejectedAppendException.class);
        record(new CustomerRegistered("c1", "Ada"));

        assertThat(store.append(order)).isEqualTo(new Appended(2, 2));
        assertThat(store.append(order)).isEqualTo(new Repeated("done", 2));
        assertThat(model.query("SELECT id FROM \"order\"")).containsExactly("o1");
    }

    @ParameterizedTest
    @ValueSource(ints = {3, InlineProjections.MOST_BEHIND + 2})
    void what_others_appended_without_them_is_taken_in_first(int events) {
        record(new CustomerRegistered("c1", "Ada"), new OrderPlaced("o1", "c1"));
        try (PostgresEventStore other = new PostgresEventStore(pool)) {
            NewEvent[] items =
                    IntStream.range(0, events)
                            .mapToObj(i -> Shop.encode(new ItemAdded("o1", 0)))
                            .toArray(NewEvent[]::new);
            for (int i = 0; i < events; i += 900) {
                other.append(Append.of(List.of(items).subList(i, Math.min(events, i + 900))));
            }
            other.append(Append.of(List.of(Shop.encode(new CustomerRegistered("c2", "Bob")))));
        }

        record(new OrderPlaced("o2", "c2"));

        assertThat(model.query("SELECT document->>'items' FROM order_page WHERE key = 'o1'"))
                .containsExactly(Integer.toString(events));
        assertThat(model.query("SELECT id FROM \"order\"")).contains("o2");
    }

    @Test
    void new_ones_begin_at_the_beginning_of_the_log() {
        try (PostgresEventStore before = new PostgresEventStore(pool)) {
            before.append(Append.of(List.of(Shop.encode(new CustomerRegistered("c1", "Ada")))));
        }
        store.catchUp();
        assertThat(model.query("SELECT name FROM customer")).containsExactly("Ada");
    }

    @Test
    void one_that_cannot_take_in_the_past_says_so_and_holds_appends_back() {
        try (PostgresEventStore before = new PostgresEventStore(pool)) {
            before.append(Append.of(List.of(Shop.encode(new OrderPlaced("o1", "nobody")))));
        }
        assertThatThrownBy(() -> record(new CustomerRegistered("c1", "Ada")))
                .hasMessageStartingWith(
                        "an append failed and nothing was written: inline projection \"orders\""
                                + " stands still after position 0, and nothing can be appended"
                                + " until it goes on")
                .hasMessageContaining("order_customer_fkey");

        model.execute("INSERT INTO customer VALUES ('nobody', 'Nobody')");
        assertThat(record(new CustomerRegistered("c1", "Ada"))).isEqualTo(2);
    }

    @Test
    void a_caller_goes_on_with_its_transaction_after_an_append_was_rejected() throws SQLException {
        store.catchUp();
        try (Connection connection = pool.getConnection()) {
            connection.setAutoCommit(false);
            assertThat(store.append(connection, encoded(new CustomerRegistered("c1", "Ada"))))
                    .isEqualTo(new Appended(1, 1));
            assertThatThrownBy(
                            () ->
                                    store.append(
                                            connection, encoded(new OrderPlaced("o1", "nobody"))))
                    .isInstanceOf(RejectedAppendException.class);
            assertThat(store.append(connection, encoded(new OrderPlaced("o1", "c1"))))
                    .isEqualTo(new Appended(2, 2));
            connection.commit();
        }
        assertThat(model.query("SELECT id FROM \"order\"")).containsExactly("o1");
        assertThat(model.query("SELECT key FROM order_page")).containsExactly("o1");
        assertThat(record(new ItemAdded("o1", 1))).isEqualTo(3);
    }

    @Test
    void a_subscription_cannot_be_part_of_an_append() {
        Projection<OrderEvent> mail = Projection.subscription("mail", Shop.TYPES, event -> {});
        assertThatThrownBy(() -> new PostgresEventStore(pool, List.of(mail)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"mail\" is a subscription");
    }

    @Test
    void a_process_of_an_older_revision_appends_on_while_a_newer_one_serves() {
        record(new CustomerRegistered("c1", "Ada"), new OrderPlaced("o1", "c1"));
        Projection<OrderEvent> louder =
                Projection.of(
                        Shop.TYPES,
                        Shop.table(new OrderPageView("order-page", 2, OrderPageView.POISON)));
        try (PostgresEventStore newer = new PostgresEventStore(pool, List.of(OWN, louder));
                Projections projections = new Projections(pool, newer, List.of(louder))) {
            newer.append(encoded(new OrderPlaced("o2", "c1")));
            assertThat(names()).as("served by the old").containsExactly("Ada");
            record(new OrderPlaced("o3", "c1"));
            assertThat(names()).containsExactly("Ada", "Ada", "Ada");

            projections.catchUp();
            assertThat(names()).as("served by the new").containsExactly("ADA", "ADA", "ADA");
            record(new OrderPlaced("o4", "c1"));
            newer.append(encoded(new OrderPlaced("o5", "c1")));
            assertThat(names()).containsOnly("ADA").hasSize(5);
        }
    }

    /// Four writers in two stores, one of which does not know the projections, over connections
    /// that die.
    @ParameterizedTest
    @ValueSource(longs = {4, 5})
    void each_event_takes_effect_once_whoever_appends_it_and_whatever_dies(long seed)
            throws Exception {
        Random random = new Random(seed);
        record(new CustomerRegistered("c0", "Ada"));
        for (int i = 0; i < 4; i++) {
            record(new OrderPlaced("o" + i, "c0"));
        }
        try (PostgresEventStore plain = new PostgresEventStore(pool)) {
            List<Future<Integer>> writers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                PostgresEventStore target = i == 0 ? plain : store;
                String order = "o" + i;
                writers.add(callers.submit(() -> addItems(target, order, 60)));
            }
            for (long position = 5; position < 150; position += random.nextLong(20)) {
                store.awaitBeyond(position, Duration.ofSeconds(30));
                terminateAnother();
            }
            int written = 0;
            for (Future<Integer> writer : writers) {
                written += writer.get();
            }
            record(new CustomerRegistered("c1", "Bob"));
            assertThat(store.head()).as("seed %d", seed).isEqualTo(6 + written);
        }
        assertThat(model.query("SELECT document->>'items' FROM order_page WHERE key = 'o0'"))
                .containsExactly("60");
        List<String> kept = model.query("SELECT id, quantity FROM \"order\" ORDER BY id");
        assertThat(kept)
                .as("seed %d", seed)
                .isEqualTo(
                        model.query(
                                """
                                SELECT key, document->>'quantity' FROM order_page ORDER BY key
                                """));
        assertThat(model.query("SELECT max(position) - min(position) FROM twofold.checkpoint"))
                .containsExactly("0");
    }

    /// Every fifth has one item too many, and is rejected where that is seen.
    private static int addItems(PostgresEventStore target, String order, int number) {
        int written = 0;
        for (int i = 1; i <= number; i++) {
            try {
                boolean bad = i % 5 == 0 && !order.equals("o0");
                target.append(encoded(new ItemAdded(order, bad ? 100 : 1)));
                written++;
            } catch (RejectedAppendException e) {
                assertThat(e.sqlState()).isEqualTo("23514");
            }
        }
        return written;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void each_append_takes_effect_once_wherever_the_connection_is_cut(boolean afterTheCall) {
        record(new CustomerRegistered("c1", "Ada"), new OrderPlaced("o1", "c1"));
        int calls = 1;
        int quantity = 0;
        for (int call = 1; call <= calls; call++) {
            CutConnections cut = new CutConnections(pool, call, afterTheCall);
            try (PostgresEventStore disturbed =
                    new PostgresEventStore(cut.dataSource(), List.of(OWN, PAGES))) {
                disturbed.append(encoded(new ItemAdded("o1", 1)));
                disturbed.append(encoded(new ItemAdded("o1", 1)));
            }
            quantity += 2;
            calls = Math.max(calls, call < cut.calls() ? call + 1 : 1);
            assertThat(model.query("SELECT quantity FROM \"order\""))
                    .as("call %d", call)
                    .containsExactly(Integer.toString(quantity));
            assertThat(model.query("SELECT document->>'quantity' FROM order_page"))
                    .as("call %d", call)
                    .containsExactly(Integer.toString(quantity));
        }
        assertThat(calls).isGreaterThan(20);
    }

    private List<String> names() {
        return model.query("SELECT document->>'customerName' FROM order_page");
    }

    private static void write(
            List<Recorded<OrderEvent>> events, String table, Connection connection)
            throws SQLException {
        for (Recorded<OrderEvent> event : events) {
            switch (event.event()) {
                case CustomerRegistered(var id, var name) ->
                        run(connection, "INSERT INTO customer VALUES (?, ?)", id, name);
                case CustomerRenamed(var id, var name) ->
                        run(connection, "UPDATE customer SET name = ? WHERE id = ?", name, id);
                case OrderPlaced(var id, var customer) ->
                        run(
                                connection,
                                "INSERT INTO \"order\" (id, customer) VALUES (?, ?)",
                                id,
                                customer);
                case ItemAdded(var id, var quantity) ->
                        run(
                                connection,
                                "UPDATE \"order\" SET quantity = quantity + ?::int WHERE id = ?",
                                Integer.toString(quantity),
                                id);
                case OrderEvent.OrderCancelled _ -> {
                    // stays
                }
            }
        }
    }

    private static void run(Connection connection, String sql, String... values)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                statement.setString(i + 1, values[i]);
            }
            statement.executeUpdate();
        }
    }

    @SafeVarargs
    @SuppressWarnings("varargs")
    private List<Future<AppendOutcome>> inOneBatch(List<? extends OrderEvent>... appends)
            throws Exception {
        return inOneBatch(List.of(appends));
    }

    /// Appends while another append is held up, so that all go in the next call and commit.
    private List<Future<AppendOutcome>> inOneBatch(
            List<? extends List<? extends OrderEvent>> appends) throws Exception {
        List<Future<AppendOutcome>> outcomes = new ArrayList<>();
        Future<AppendOutcome> first;
        try (HeldLog log = new HeldLog(pool)) {
            first = callers.submit(() -> append(new CustomerRegistered("first", "First")));
            log.awaitCalls(1);
            for (List<? extends OrderEvent> append : appends) {
                outcomes.add(callers.submit(() -> append(append.toArray(OrderEvent[]::new))));
                awaitWaiting(outcomes.size());
            }
        }
        first.get();
        return outcomes;
    }

    private void awaitWaiting(int number) {
        while (store.waiting() != number) {
            Thread.onSpinWait();
        }
    }

    private static void assertRejected(Future<AppendOutcome> outcome, String constraint) {
        assertThatThrownBy(outcome::get)
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(RejectedAppendException.class)
                .hasMessageContaining(constraint);
    }

    private long record(OrderEvent... events) {
        return ((Appended) append(events)).lastPosition();
    }

    private AppendOutcome append(OrderEvent... events) {
        return store.append(encoded(events));
    }

    private static Append encoded(OrderEvent... events) {
        return Append.of(List.of(events).stream().map(Shop::encode).toList());
    }

    private List<Long> positions() {
        return store.read(Query.all(), 0, 10_000).stream().map(RecordedEvent::position).toList();
    }

    private void terminateAnother() throws SQLException {
        try (Connection connection = pool.getConnection();
                PreparedStatement statement =
                        connection.prepareStatement(
                                """
                                SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
                                WHERE datname = current_database() AND pid <> pg_backend_pid()
                                """)) {
            statement.execute();
        }
    }
}
