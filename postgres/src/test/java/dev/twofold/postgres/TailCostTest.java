package dev.twofold.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.twofold.Append;
import dev.twofold.EventTypes;
import dev.twofold.Metadata;
import dev.twofold.StreamId;
import dev.twofold.Tag;
import dev.twofold.postgres.OrderEvent.CustomerRenamed;
import dev.twofold.postgres.OrderEvent.ItemAdded;
import dev.twofold.postgres.OrderEvent.OrderPlaced;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What a batch at the end of the log reads, however long the log is.
///
/// All is done over one connection, so that what it has counted is known.
class TailCostTest {
    private static final int SHORT = 1_000;
    private static final int LONG = 200_000;

    /// So many batches that the driver and the server have settled on how they carry out each
    /// statement, and so many that are counted then.
    private static final int BATCHES = 12;

    /// Blocks of a batch that a longer log may cost, those by which its indexes are deeper, and the
    /// row of its last event that a look at its head may have to touch.
    private static final int DEEPER = 16;

    private static final int LAST_EVENT = 1;

    private static final String FILL =
            """
            INSERT INTO twofold.event (
              position, id, stream, version, type, revision, data, tags, recorded_at, checksum)
            SELECT n, uuidv7(), 'order-' || mod(n, 100), n / 100 + 1,
              CASE mod(n, 50) WHEN 0 THEN 'order-placed' ELSE 'item-added' END, 1, '{}',
              CASE mod(n, 50) WHEN 0 THEN ARRAY['customer:c1'] ELSE '{}' END, now(), '12345678'
            FROM generate_series(1, ${events}) AS n;
            INSERT INTO twofold.event_tag (tag, position)
            SELECT unnest(tags), position FROM twofold.event;
            ANALYZE twofold.event, twofold.event_tag;
            """;

    /// What is read is counted for all who read, and the server's own workers are not to be among
    /// them.
    private static final String LEAVE_ALONE =
            """
            DO $$
            DECLARE
              name regclass;
            BEGIN
              FOR name IN SELECT relid FROM pg_stat_user_tables LOOP
                EXECUTE format('ALTER TABLE %s SET (autovacuum_enabled = off)', name);
              END LOOP;
            END $$
            """;

    private static final String READ =
            """
            SELECT (SELECT sum(seq_tup_read + idx_tup_fetch) FROM pg_stat_user_tables),
              (SELECT sum(heap_blks_read + heap_blks_hit + idx_blks_read + idx_blks_hit)
                FROM pg_statio_user_tables)
            """;

    private static final EventTypes<OrderEvent> TYPES =
            Shop.types().stream(
                            event ->
                                    switch (event) {
                                        case OrderPlaced(var id, _) -> new StreamId("order", id);
                                        case ItemAdded(var id, _) -> new StreamId("order", id);
                                        default -> null;
                                    })
                    .tags(
                            event ->
                                    event instanceof OrderPlaced(_, var id)
                                            ? Set.of(new Tag("customer", id))
                                            : Set.of())
                    .build();

    private static HikariDataSource shortLog;
    private static HikariDataSource longLog;

    @BeforeAll
    static void fill() throws SQLException {
        shortLog = filled(SHORT);
        longLog = filled(LONG);
    }

    @AfterAll
    static void close() {
        shortLog.close();
        longLog.close();
    }

    static Stream<Named<Projection<?>>> projections() {
        EventTypes<OrderPlaced> rare = TYPES.narrow(OrderPlaced.class);
        EventFilter tagged = EventFilter.tags(new Tag("customer", "c1"));
        return Stream.of(
                Named.of("a view", Projection.of(TYPES, Shop.table("tail"))),
                Named.of(
                        "a view of the whole log",
                        Projection.of(Shop.types().wholeLog().build(), Shop.table("tail-of-all"))),
                Named.of("a subscription", Projection.subscription("all", TYPES, _ -> {})),
                Named.of("one to a type", Projection.subscription("type", rare, _ -> {})),
                Named.of(
                        "one to a category",
                        Projection.subscription(
                                "category", TYPES, EventFilter.category("order"), _ -> {})),
                Named.of("one to a tag", Projection.subscription("tag", TYPES, tagged, _ -> {})));
    }

    /// @param rows that are read, in tables and by indexes
    /// @param blocks that are read of tables and indexes
    record Cost(long rows, long blocks) {
        Cost since(Cost before) {
            return new Cost(rows - before.rows, blocks - before.blocks);
        }
    }

    @ParameterizedTest
    @MethodSource("projections")
    void a_batch_at_the_end_of_a_long_log_reads_what_one_of_a_short_log_reads(
            Projection<?> projection) throws SQLException {
        Cost small = costOfBatches(projection, shortLog);
        Cost large = costOfBatches(projection, longLog);

        assertThat(large.rows())
                .as("rows, %s and %s", small, large)
                .isLessThanOrEqualTo(small.rows() + BATCHES * LAST_EVENT);
        assertThat(large.blocks())
                .as("blocks, %s and %s", small, large)
                .isLessThanOrEqualTo(small.blocks() + BATCHES * DEEPER);
    }

    private static <E> Cost costOfBatches(Projection<E> projection, HikariDataSource connection)
            throws SQLException {
        try (PostgresEventStore store = new PostgresEventStore(connection)) {
            ProjectionRunner<E> runner =
                    new ProjectionRunner<>(
                            connection,
                            new LogPages<>(store, projection),
                            projection,
                            Generations::live,
                            0,
                            new Checkpoints(connection, "node", 6),
                            projection.batchSize(),
                            FailurePolicy.STANDARD);
            assertThat(runner.step()).isInstanceOf(Step.Stopped.class); // and has been begun
            skipLog(connection, projection.name());
            runner.forget();
            for (int i = 0; i < BATCHES; i++) {
                append(connection, store);
                assertThat(runner.step()).isInstanceOf(Step.Advanced.class);
            }
            Cost counted = new Cost(0, 0);
            for (int i = 0; i < BATCHES; i++) {
                append(connection, store);
                Cost before = read(connection);
                assertThat(runner.step()).isInstanceOf(Step.Advanced.class);
                Cost batch = read(connection).since(before);
                counted = new Cost(counted.rows + batch.rows, counted.blocks + batch.blocks);
            }
            return counted;
        }
    }

    private static HikariDataSource filled(int events) throws SQLException {
        HikariConfig one = new HikariConfig();
        one.setDataSource(Logs.empty().dataSource());
        one.setMaximumPoolSize(1);
        HikariDataSource connections = new HikariDataSource(one);
        try (Connection connection = connections.getConnection();
                Statement fill = connection.createStatement()) {
            fill.execute(FILL.replace("${events}", Integer.toString(events)));
        }
        return connections;
    }

    /// Puts a projection to the end of the log.
    private static void skipLog(HikariDataSource connections, String projection)
            throws SQLException {
        try (Connection connection = connections.getConnection();
                PreparedStatement move =
                        connection.prepareStatement(
                                """
                                UPDATE twofold.checkpoint
                                SET position = (SELECT max(position) FROM twofold.event),
                                  stopped_at = NULL, error = NULL, attempts = 0
                                WHERE projection = ?
                                """)) {
            move.setString(1, projection);
            assertThat(move.executeUpdate()).isEqualTo(1);
        }
        try (Connection connection = connections.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(LEAVE_ALONE);
        }
    }

    private static void append(HikariDataSource connection, PostgresEventStore store)
            throws SQLException {
        try (Connection one = connection.getConnection()) {
            one.setAutoCommit(false);
            store.append(
                    one,
                    Append.of(
                            Stream.of(
                                            new OrderPlaced("o1", "c1"),
                                            new ItemAdded("o1", 2),
                                            new CustomerRenamed("c2", "Ada"))
                                    .map(event -> TYPES.encode(event, Metadata.none()))
                                    .toList()));
            one.commit();
        }
    }

    /// What the connection has read so far.
    private static Cost read(HikariDataSource connection) throws SQLException {
        try (Connection one = connection.getConnection();
                Statement statement = one.createStatement()) {
            statement.execute("SELECT pg_stat_force_next_flush()");
            try (ResultSet row = statement.executeQuery(READ)) {
                row.next();
                return new Cost(row.getLong(1), row.getLong(2));
            }
        }
    }
}
