package dev.twofold.postgres;

import static dev.twofold.postgres.Logs.append;
import static dev.twofold.postgres.Logs.event;
import static dev.twofold.postgres.Logs.stream;
import static dev.twofold.postgres.Logs.tag;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.Append;
import dev.twofold.AppendOutcome.Appended;
import dev.twofold.Condition;
import dev.twofold.Condition.ExpectedVersion;
import dev.twofold.Condition.NoneMatching;
import dev.twofold.Metadata;
import dev.twofold.NewEvent;
import dev.twofold.Query;
import dev.twofold.Receipt;
import dev.twofold.RecordedEvent;
import dev.twofold.StreamId;
import dev.twofold.Tag;
import dev.twofold.UuidV7;
import dev.twofold.postgres.AppendCall.Answer;
import dev.twofold.testkit.TestPostgres;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The database function that appends one event, beside the one that appends any batch.
class AppendEventTest {
    private static final int APPENDS = 400;

    private final TestPostgres.Database database = Logs.empty();

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void the_short_way_makes_the_same_log(long seed) throws SQLException {
        Random random = new Random(seed);
        TestPostgres.Database other = Logs.empty();
        List<Append> earlier = new ArrayList<>(List.of(append(event(null, "first"))));
        int shortWay = 0;
        try (Connection connection = database.dataSource().getConnection();
                Connection otherConnection = other.dataSource().getConnection();
                EventCall eventCall = new EventCall(connection);
                AppendCall call = new AppendCall(connection);
                AppendCall otherCall = new AppendCall(otherConnection)) {
            call.judge(earlier);
            otherCall.judge(earlier);
            long head = 1;
            for (int i = 0; i < APPENDS; i++) {
                String where = "seed %d, append %d".formatted(seed, i);
                Append append = random(random, head, earlier);
                assertThat(EventCall.takes(append)).as(where).isTrue();
                Answer expected = otherCall.judge(List.of(append)).getFirst();
                OptionalLong position = eventCall.execute(append);
                if (position.isPresent()) {
                    head++;
                    shortWay++;
                    assertThat(position.getAsLong()).as(where).isEqualTo(head);
                    assertThat(expected.outcome()).as(where).isEqualTo(new Appended(head, head));
                } else {
                    Answer why = call.judge(List.of(append)).getFirst();
                    assertThat(why).as(where).isEqualTo(expected);
                    assertThat(EventReads.head(connection)).as(where).isEqualTo(head);
                }
                earlier.add(append);
            }
            assertThat(shortWay).isBetween(APPENDS / 4, APPENDS * 3 / 4);
            assertThat(log(connection))
                    .usingRecursiveFieldByFieldElementComparatorIgnoringFields("recordedAt")
                    .isEqualTo(log(otherConnection));
        }
        assertThat(new LogVerifier(database.dataSource()).verify(_ -> {}).first()).isEmpty();
    }

    @Test
    void takes_one_event_under_a_condition_on_its_own_stream_or_none() {
        NewEvent event = event(stream(1), "type", tag(1));
        assertThat(EventCall.takes(append(event))).isTrue();
        assertThat(EventCall.takes(append(event(null, "type")))).isTrue();
        assertThat(EventCall.takes(append(event, new ExpectedVersion(stream(1), 3)))).isTrue();
        assertThat(EventCall.takes(append(event, none(Query.stream(stream(1)))))).isTrue();
    }

    @Test
    void takes_nothing_else() {
        NewEvent event = event(stream(1), "type", tag(1));
        Query.Item item = new Query.Item(stream(1), Set.of("type"), Set.of());
        Query.Item tagged = new Query.Item(stream(1), Set.of(), Set.of(tag(1)));
        assertThat(
                        List.of(
                                append(event, new ExpectedVersion(stream(2), 3)),
                                append(event, none(Query.stream(stream(2)))),
                                append(event, none(new Query(List.of(item)))),
                                append(event, none(new Query(List.of(tagged)))),
                                append(event, none(Query.all())),
                                append(event, none(Query.tags(tag(1)))),
                                append(event, none(Query.stream(stream(1)).or(Query.all()))),
                                append(
                                        event,
                                        new ExpectedVersion(stream(1), 3),
                                        none(Query.stream(stream(1)))),
                                append(event(null, "type"), none(Query.stream(stream(1)))),
                                append(event(null, "type"), none(Query.all())),
                                Append.of(List.of(event, event(stream(1), "type"))),
                                new Append(List.of(event), List.of(), new Receipt("key", "a")),
                                new Append(List.of(), List.of(), new Receipt("key", "a"))))
                .noneMatch(EventCall::takes);
    }

    /// Whoever reads a position and a lineage together relies on it.
    @Test
    void the_first_event_on_a_timeline_goes_the_long_way() throws SQLException {
        Append append = append(event(stream(1), "type"));
        try (Connection connection = database.dataSource().getConnection();
                EventCall eventCall = new EventCall(connection);
                AppendCall call = new AppendCall(connection)) {
            assertThat(eventCall.execute(append)).isEmpty();
            assertThat(call.execute(List.of(append)).getFirst().outcome())
                    .isEqualTo(new Appended(1, 1));
            assertThat(eventCall.execute(append(event(stream(1), "type")))).hasValue(2);
        }
    }

    private static Append random(Random random, long head, List<Append> earlier) {
        if (random.nextInt(15) == 0) {
            return earlier.get(random.nextInt(earlier.size()));
        }
        StreamId stream = random.nextInt(4) > 0 ? stream(random.nextInt(6)) : null;
        Set<Tag> tags = new HashSet<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            tags.add(random.nextBoolean() ? tag(random.nextInt(5)) : new Tag("odd", "\"{,\\ }é"));
        }
        NewEvent event =
                new NewEvent(
                        UuidV7.next(),
                        stream,
                        "type-%d".formatted(random.nextInt(3)),
                        random.nextInt(1, 4),
                        "{\"text\" : \"a\\\\b\\\"é%d\"}".formatted(random.nextInt()),
                        tags,
                        new Metadata(text(random), text(random), text(random), text(random)));
        if (stream == null || random.nextInt(4) == 0) {
            return append(event);
        }
        Condition condition =
                random.nextBoolean()
                        ? new ExpectedVersion(stream, random.nextLong(head / 8 + 2))
                        : new NoneMatching(
                                Query.stream(stream), Math.max(0, head - random.nextLong(12)));
        return append(event, condition);
    }

    private static @Nullable String text(Random random) {
        return random.nextBoolean() ? "text '%d\\".formatted(random.nextInt(9)) : null;
    }

    private static NoneMatching none(Query query) {
        return new NoneMatching(query, 5);
    }

    private static List<RecordedEvent> log(Connection connection) throws SQLException {
        return EventReads.read(connection, Query.all(), 0, 10_000);
    }
}
