package dev.twofold.postgres;

import static dev.twofold.postgres.Logs.append;
import static dev.twofold.postgres.Logs.event;
import static dev.twofold.postgres.Logs.stream;
import static dev.twofold.postgres.Logs.tag;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.Append;
import dev.twofold.AppendOutcome;
import dev.twofold.AppendOutcome.Appended;
import dev.twofold.AppendOutcome.Conflict;
import dev.twofold.Condition.ExpectedVersion;
import dev.twofold.Condition.NoneMatching;
import dev.twofold.Query;
import dev.twofold.RecordedEvent;
import dev.twofold.StreamId;
import dev.twofold.Tag;
import dev.twofold.testkit.TestPostgres;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What each condition and each read touches of a log of 40,000 events, in rows: the same handful
/// that it would touch of any other.
///
/// Every event has tag:0 and one of two types, but one in the middle. Of 20,000 streams one is
/// long.
class PlanTest {
    private static final int EVENTS = 40_000;
    private static final int HANDFUL = 20;
    private static final Tag COMMON = tag(0);
    private static final StreamId LONG = new StreamId("long", "1");
    private static final String FILL =
            """
            INSERT INTO twofold.event (
                position, id, stream, version, type, revision, data, tags, recorded_at,
                checksum)
            SELECT
                n, gen_random_uuid(),
                CASE WHEN n %% 2 = 0 THEN 'long-1' ELSE 'thing-' || n END,
                CASE WHEN n %% 2 = 0 THEN n / 2 ELSE 1 END,
                CASE WHEN n = 20001 THEN 'rare' ELSE 'common-' || n %% 2 END,
                1, '{}', ARRAY['tag:0', 'tag:' || n], now(),
                '12345678'
            FROM generate_series(1, %1$d) AS n;
            INSERT INTO twofold.event_tag (tag, position)
            SELECT unnest(tags), position FROM twofold.event;
            ALTER TABLE twofold.event SET (autovacuum_enabled = off);
            ALTER TABLE twofold.event_tag SET (autovacuum_enabled = off);
            ANALYZE twofold.event, twofold.event_tag;
            SELECT twofold.keep_lineage();
            """
                    .formatted(EVENTS);
    private static final String TOUCHED =
            """
            SELECT sum(seq_scan), sum(idx_tup_fetch) FROM pg_stat_xact_user_tables
            WHERE schemaname = 'twofold'
            """;

    private static final TestPostgres.Database DATABASE = Logs.empty();

    private Connection connection;

    @BeforeAll
    static void fill() throws SQLException {
        try (Connection connection = DATABASE.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(FILL);
        }
    }

    @BeforeEach
    void begin() throws SQLException {
        connection = DATABASE.dataSource().getConnection();
        connection.setAutoCommit(false);
    }

    @AfterEach
    void rollBack() throws SQLException {
        connection.close();
    }

    static Stream<NoneMatching> conditionsThatHold() {
        Tag fresh = new Tag("tag", "fresh");
        return Stream.of(
                new NoneMatching(Query.all(), EVENTS),
                new NoneMatching(Query.stream(LONG), EVENTS),
                new NoneMatching(Query.stream(stream(1_000_000)), 0),
                new NoneMatching(item(LONG, Set.of("common-1"), Set.of()), EVENTS),
                new NoneMatching(Query.tags(fresh), 0),
                new NoneMatching(Query.tags(COMMON), EVENTS),
                new NoneMatching(Query.tags(COMMON, fresh), 0),
                new NoneMatching(Query.tags(tag(7), tag(9)), 0),
                new NoneMatching(Query.tags(COMMON, tag(9)), 9),
                new NoneMatching(Query.typeWithTags("rare", COMMON), 20_001),
                new NoneMatching(Query.typeWithTags("common-1", COMMON), EVENTS),
                new NoneMatching(Query.typeWithTags("common-0", tag(9), COMMON), 0),
                new NoneMatching(Query.types("fresh"), 0),
                new NoneMatching(Query.types("rare"), 20_001),
                new NoneMatching(Query.types("common-0", "common-1"), EVENTS));
    }

    @ParameterizedTest
    @MethodSource("conditionsThatHold")
    void a_condition_that_holds_is_a_handful_of_index_probes(NoneMatching condition)
            throws SQLException {
        assertThat(outcome(append(event(null, "type"), condition)))
                .isEqualTo(new Appended(EVENTS + 1, EVENTS + 1));
        assertOnlyIndexesGave(HANDFUL);
    }

    static Stream<NoneMatching> conditionsThatDoNotHold() {
        return Stream.of(
                new NoneMatching(Query.all(), 0),
                new NoneMatching(Query.stream(LONG), 10_000),
                new NoneMatching(item(LONG, Set.of("common-0"), Set.of()), 30_001),
                new NoneMatching(Query.tags(COMMON), 0),
                new NoneMatching(Query.tags(COMMON, tag(30_000)), 0),
                new NoneMatching(Query.typeWithTags("rare", COMMON), 0),
                new NoneMatching(Query.types("rare"), 0),
                new NoneMatching(Query.types("common-0", "common-1"), 0));
    }

    @ParameterizedTest
    @MethodSource("conditionsThatDoNotHold")
    void a_condition_that_does_not_hold_is_a_handful_of_index_probes(NoneMatching condition)
            throws SQLException {
        assertThat(outcome(append(event(null, "type"), condition))).isInstanceOf(Conflict.class);
        assertOnlyIndexesGave(2 * HANDFUL);
    }

    @Test
    void a_condition_on_two_tags_is_looked_up_in_the_index_of_tags_alone() throws SQLException {
        Query two = Query.tags(COMMON, tag(30_000));
        assertThat(outcome(append(event(null, "type"), new NoneMatching(two, 0))))
                .isInstanceOf(Conflict.class);

        assertThat(scansOf("twofold.event_tag_pkey")).isBetween(2L, (long) HANDFUL);
        assertThat(scansOf("twofold.event_type")).isZero();
        assertThat(scansOf("twofold.event_stream_version_key")).isZero();
    }

    static Stream<Append> appendsOfOneEvent() {
        return Stream.of(
                append(event(LONG, "type"), new ExpectedVersion(LONG, EVENTS / 2)),
                append(event(LONG, "type"), new NoneMatching(Query.stream(LONG), EVENTS)),
                append(event(stream(1_000_000), "type", COMMON)),
                append(event(null, "type")));
    }

    @ParameterizedTest
    @MethodSource("appendsOfOneEvent")
    void one_event_is_a_handful_of_index_probes(Append append) throws SQLException {
        try (EventCall call = new EventCall(connection)) {
            assertThat(call.execute(append)).hasValue(EVENTS + 1);
        }
        assertOnlyIndexesGave(HANDFUL);
    }

    @ParameterizedTest
    @MethodSource("appendsOfOneEvent")
    void one_event_judged_as_a_batch_is_a_handful_as_well(Append append) throws SQLException {
        try (AppendCall call = new AppendCall(connection)) {
            assertThat(call.judge(List.of(append)).getFirst().outcome())
                    .isEqualTo(new Appended(EVENTS + 1, EVENTS + 1));
        }
        assertOnlyIndexesGave(HANDFUL);
    }

    @Test
    void a_batch_is_a_handful_of_index_probes_for_each_append() throws SQLException {
        List<Append> batch = new ArrayList<>();
        for (int i = 0; i < 512; i++) {
            Query boundary = Query.tags(COMMON, new Tag("tag", "fresh-" + i));
            batch.add(append(event(LONG, "type"), new NoneMatching(boundary, EVENTS)));
        }
        try (AppendCall call = new AppendCall(connection)) {
            assertThat(call.execute(batch))
                    .allSatisfy(
                            answer -> assertThat(answer.outcome()).isInstanceOf(Appended.class));
        }
        assertOnlyIndexesGave(512 * 10);
    }

    static Stream<Query> reads() {
        return Stream.of(
                Query.all(),
                Query.stream(LONG),
                item(LONG, Set.of("common-0"), Set.of()),
                Query.tags(COMMON),
                Query.types("common-0"),
                Query.types("common-0", "common-1"),
                Query.typeWithTags("common-0", COMMON),
                Query.stream(LONG).or(Query.types("common-1")));
    }

    @ParameterizedTest
    @MethodSource("reads")
    void a_read_touches_little_more_than_it_returns(Query query) throws SQLException {
        assertThat(read(query, 30_001, 10)).hasSize(10);
        assertOnlyIndexesGave(100);
    }

    @Test
    void a_read_finds_the_one_event_among_many() throws SQLException {
        assertThat(read(Query.typeWithTags("rare", COMMON), 0, 10)).hasSize(1);
        assertThat(read(Query.tags(COMMON, tag(30_000)), 0, 10)).hasSize(1);
        assertThat(read(Query.types("rare"), 0, 10)).hasSize(1);
        assertOnlyIndexesGave(100);
    }

    private AppendOutcome outcome(Append append) throws SQLException {
        try (AppendCall call = new AppendCall(connection)) {
            return call.execute(List.of(append)).getFirst().outcome();
        }
    }

    private List<RecordedEvent> read(Query query, long after, int limit) throws SQLException {
        return EventReads.read(connection, query, after, limit);
    }

    private void assertOnlyIndexesGave(int rows) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(TOUCHED);
                ResultSet touched = statement.executeQuery()) {
            touched.next();
            assertThat(touched.getLong(1)).as("sequential scans").isZero();
            assertThat(touched.getLong(2)).as("rows found by index").isBetween(1L, (long) rows);
        }
    }

    /// How often the transaction has looked something up in an index.
    private long scansOf(String index) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT pg_stat_get_xact_numscans(?::regclass)")) {
            statement.setString(1, index);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        }
    }

    private static Query item(StreamId stream, Set<String> types, Set<Tag> tags) {
        return new Query(List.of(new Query.Item(stream, types, tags)));
    }
}
