package dev.twofold.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import dev.twofold.EventStoreException;
import dev.twofold.EventTypes;
import dev.twofold.Keys;
import dev.twofold.Recorded;
import dev.twofold.View;
import dev.twofold.jackson.JacksonCodec;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A view over a table that was there before, whose application knows nothing of it.
@Timeout(60)
class ChangeCaptureTest {
    // quote: events
    sealed interface ItemEvent {
        record ItemStored(String id, String name, BigDecimal price) implements ItemEvent {}

        record ItemRemoved(String id) implements ItemEvent {}
    }

    private static final JacksonCodec CODEC = new JacksonCodec();
    private static final EventTypes<ItemEvent> TYPES =
            EventTypes.builder(ItemEvent.class, CODEC)
                    .event("item-stored", 1, ItemEvent.ItemStored.class)
                    .event("item-removed", 1, ItemEvent.ItemRemoved.class)
                    .build();

    /// The columns that the view needs; others may come and go.
    record Row(String id, String name, BigDecimal price) {}

    static List<ItemEvent> events(TableChange change) {
        String after = change.after();
        return after == null
                ? List.of(new ItemEvent.ItemRemoved(row(change.before()).id))
                : List.of(stored(row(after)));
    }

    // end quote

    private final HikariDataSource pool = Logs.pool(Logs.empty());
    private final ReadModel model = new ReadModel(pool);
    private final PostgresEventStore store = new PostgresEventStore(pool);
    private final ChangeCapture<ItemEvent> capture =
            new ChangeCapture<>(pool, store, TYPES, ChangeCaptureTest::events);

    ChangeCaptureTest() {
        model.execute(
                """
                CREATE SCHEMA legacy;
                CREATE TABLE legacy.item (id text PRIMARY KEY, name text, price numeric);
                INSERT INTO legacy.item VALUES ('a', 'Apple', 1), ('b', 'Book', 20);
                """);
    }

    @AfterEach
    void close() {
        store.close();
        pool.close();
    }

    @Test
    void a_view_begins_with_the_rows_that_are_there_and_follows_what_the_application_does()
            throws SQLException {
        capture();
        model.execute("UPDATE legacy.item SET price = 2 WHERE id = 'a'");
        model.execute("INSERT INTO legacy.item VALUES ('c', 'Cup', 3)");
        model.execute("DELETE FROM legacy.item WHERE id = 'b'");
        assertThat(capture.step()).isEqualTo(5);
        assertThat(capture.step()).isZero();

        // quote: view
        Projection<ItemEvent> items = Projection.of(TYPES, new ViewTable<>(new ItemView(), CODEC));
        try (Projections projections = new Projections(pool, store, List.of(items))) {
            projections.catchUp();
        }
        // end quote
        assertThat(model.query("SELECT key, document->>'price' FROM item ORDER BY key"))
                .containsExactly("a,2", "c,3");
        assertThat(model.query("SELECT count(*) FROM twofold.table_change")).containsExactly("0");
    }

    @Test
    void what_is_rolled_back_is_no_event() throws SQLException {
        capture();
        try (Connection connection = pool.getConnection()) {
            connection.setAutoCommit(false);
            try (var statement = connection.createStatement()) {
                statement.execute("DELETE FROM legacy.item");
            }
            connection.rollback();
        }
        assertThat(capture.step()).isEqualTo(2);
    }

    @Test
    void a_table_is_captured_once() throws SQLException {
        assertThat(capture()).isTrue();
        assertThat(capture()).isFalse();
        assertThat(capture.step()).isEqualTo(2);
        assertThatThrownBy(
                        () -> {
                            try (Connection connection = pool.getConnection()) {
                                ChangeCapture.capture(connection, "legacy.nothing");
                            }
                        })
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("\"legacy.nothing\" does not exist");
    }

    @Test
    void an_application_needs_no_right_on_the_log() throws SQLException {
        capture();
        model.execute(
                """
                CREATE ROLE shop_assistant;
                GRANT USAGE ON SCHEMA legacy TO shop_assistant;
                GRANT ALL ON legacy.item TO shop_assistant;
                SET ROLE shop_assistant;
                INSERT INTO legacy.item VALUES ('d', 'Dish', 4);
                RESET ROLE;
                DROP OWNED BY shop_assistant;
                DROP ROLE shop_assistant;
                """);
        assertThat(capture.step()).isEqualTo(3);
    }

    @Test
    void a_change_that_means_nothing_known_holds_back_those_behind_it() throws SQLException {
        capture();
        capture.step();
        model.execute("INSERT INTO legacy.item VALUES ('d', NULL, 4), ('e', 'Egg', 1)");

        assertThatThrownBy(capture::step)
                .isInstanceOf(EventStoreException.class)
                .hasMessageStartingWith(
                        "it is not known what the change of legacy.item from null to {")
                .hasMessageEndingWith("means; later changes wait behind it");
        assertThat(store.head()).isEqualTo(2);
        model.execute("UPDATE twofold.table_change SET after = after || '{\"name\": \"?\"}'");
        assertThat(capture.step()).isEqualTo(2);
    }

    /// Several applications write the same few rows while changes are taken to the log.
    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void the_view_comes_to_what_the_table_is(long seed) throws Exception {
        capture();
        try (ExecutorService writers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> done = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Random random = new Random(seed * 10 + i);
                done.add(writers.submit(() -> write(random)));
            }
            while (!done.stream().allMatch(Future::isDone)) {
                capture.step();
            }
            for (Future<?> one : done) {
                one.get();
            }
        }
        while (capture.step() > 0) {
            // the rest
        }
        Projection<ItemEvent> items = Projection.of(TYPES, new ViewTable<>(new ItemView(), CODEC));
        try (Projections projections = new Projections(pool, store, List.of(items))) {
            projections.catchUp();
        }
        assertThat(model.query("SELECT key, document->>'price' FROM item ORDER BY key"))
                .as("seed %d", seed)
                .isNotEmpty()
                .isEqualTo(model.query("SELECT id, price FROM legacy.item ORDER BY id"));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void each_change_is_in_the_log_once_wherever_the_connection_is_cut(boolean afterTheCall)
            throws SQLException {
        capture();
        capture.step();
        int calls = 1;
        for (int call = 1; call <= calls; call++) {
            model.execute("UPDATE legacy.item SET price = %d WHERE id = 'a'".formatted(call));
            CutConnections cut = new CutConnections(pool, call, afterTheCall);
            ChangeCapture<ItemEvent> disturbed =
                    new ChangeCapture<>(cut.dataSource(), store, TYPES, ChangeCaptureTest::events);
            try {
                disturbed.step();
            } catch (EventStoreException e) {
                calls = call + 1;
            }
            while (model.query("SELECT * FROM twofold.table_change").size() > 0) {
                capture.step();
            }
            assertThat(store.head()).as("call %d", call).isEqualTo(2 + call);
        }
        assertThat(calls).isGreaterThan(3);
    }

    private void write(Random random) {
        for (int i = 0; i < 60; i++) {
            String id = "i" + random.nextInt(5);
            model.execute(
                    random.nextInt(4) == 0
                            ? "DELETE FROM legacy.item WHERE id = '%s'".formatted(id)
                            : """
                            INSERT INTO legacy.item VALUES ('%1$s', 'Item', %2$d)
                            ON CONFLICT (id) DO UPDATE SET price = %2$d
                            """
                                    .formatted(id, random.nextInt(1_000)));
        }
    }

    private boolean capture() throws SQLException {
        // quote: capture
        try (Connection connection = pool.getConnection()) {
            return ChangeCapture.capture(connection, "legacy.item");
        }
        // end quote
    }

    private static Row row(@Nullable String json) {
        return CODEC.decode(String.valueOf(json), Row.class);
    }

    private static ItemEvent stored(Row row) {
        return new ItemEvent.ItemStored(row.id, row.name, row.price);
    }

    /// The items as they are.
    private static final class ItemView implements View<ItemEvent, Row> {
        @Override
        public String name() {
            return "item";
        }

        @Override
        public int revision() {
            return 1;
        }

        @Override
        public Class<Row> documentType() {
            return Row.class;
        }

        @Override
        public Keys keys(ItemEvent event) {
            return switch (event) {
                case ItemEvent.ItemStored(var id, _, _) -> Keys.of(id);
                case ItemEvent.ItemRemoved(var id) -> Keys.of(id);
            };
        }

        @Override
        public @Nullable Row fold(
                String key, @Nullable Row row, Recorded<ItemEvent> event, Lookup lookup) {
            return switch (event.event()) {
                case ItemEvent.ItemStored(var id, var name, var price) -> new Row(id, name, price);
                case ItemEvent.ItemRemoved _ -> null;
            };
        }
    }
}
