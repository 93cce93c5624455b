package dev.twofold.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twofold.Append;
import dev.twofold.AppendOutcome;
import dev.twofold.AppendOutcome.Appended;
import dev.twofold.AppendOutcome.Conflict;
import dev.twofold.AppendOutcome.Repeated;
import dev.twofold.Condition;
import dev.twofold.Condition.ExpectedVersion;
import dev.twofold.Condition.NoneMatching;
import dev.twofold.EventStore;
import dev.twofold.Metadata;
import dev.twofold.NewEvent;
import dev.twofold.Query;
import dev.twofold.Receipt;
import dev.twofold.RecordedEvent;
import dev.twofold.StreamId;
import dev.twofold.Tag;
import dev.twofold.UuidV7;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What every event store does. A store's test extends this class and says how to make an empty
/// one.
@Timeout(60)
@SuppressWarnings("NullAway.Init") // JUnit sets the store up before each test
public abstract class EventStoreContract {
    private static final StreamId CART = new StreamId("cart", "1");
    private static final StreamId ORDER = new StreamId("order", "1");
    private static final Tag RED = new Tag("colour", "red");
    private static final Tag BLUE = new Tag("colour", "blue");
    private static final Tag LARGE = new Tag("size", "large");
    private static final int WRITERS = 8;

    private EventStore store;

    protected EventStoreContract() {}

    /// A store without events; asked for once a test.
    protected abstract EventStore emptyStore();

    @BeforeEach
    final void makeStore() {
        store = emptyStore();
    }

    @Nested
    class Appending {

        @Test
        void keeps_every_part_of_an_event() {
            NewEvent event =
                    new NewEvent(
                            UuidV7.next(),
                            CART,
                            "item-added",
                            3,
                            "{\"sku\":\"A1\"}",
                            Set.of(RED, LARGE),
                            new Metadata("order 7", "click 3", "ann", "00-4bf9-00f0-01"));

            store.append(Append.of(List.of(event)));

            RecordedEvent recorded = all().getFirst();
            assertThat(recorded.position()).isEqualTo(1);
            assertThat(recorded.version()).isEqualTo(1);
            assertRecords(recorded, event);
        }

        @Test
        void answers_with_the_positions_of_the_events() {
            assertThat(append(event("a"), event("b"))).isEqualTo(new Appended(1, 2));
            assertThat(append(event("c"))).isEqualTo(new Appended(3, 3));
            assertThat(append(event("d"), event("e"), event("f"))).isEqualTo(new Appended(4, 6));
        }

        @Test
        void gives_positions_without_gaps_in_the_order_of_the_events() {
            append(event("a"), event("b"));
            append(event("c"));

            assertThat(all()).extracting(RecordedEvent::position).containsExactly(1L, 2L, 3L);
            assertThat(all()).extracting(RecordedEvent::type).containsExactly("a", "b", "c");
        }

        @Test
        void counts_versions_in_each_stream_by_itself() {
            append(event("a", CART), event("b", ORDER), event("c"), event("d", CART));
            append(event("e", ORDER), event("f", CART));

            assertThat(all())
                    .extracting(RecordedEvent::version)
                    .containsExactly(1L, 1L, 0L, 2L, 2L, 3L);
        }

        @Test
        void leaves_an_event_without_stream_without_version() {
            append(event("a", CART), event("b"));

            assertThat(all().get(1).stream()).isNull();
            assertThat(all().get(1).version()).isZero();
        }

        @Test
        void tells_the_head_of_the_log() {
            long before = store.head();
            append(event("a"), event("b"));

            assertThat(before).isZero();
            assertThat(store.head()).isEqualTo(2);
        }

        @Test
        void takes_as_many_events_as_an_append_may_have() {
            List<NewEvent> events =
                    IntStream.range(0, Append.MAX_EVENTS)
                            .mapToObj(i -> event("a", i % 2 == 0 ? CART : ORDER, RED))
                            .toList();

            assertThat(store.append(Append.of(events)))
                    .isEqualTo(new Appended(1, Append.MAX_EVENTS));

            assertThat(all()).extracting(RecordedEvent::id).isEqualTo(ids(events));
            assertThat(read(Query.stream(ORDER)).getLast().version())
                    .isEqualTo(Append.MAX_EVENTS / 2);
        }

        @Test
        void takes_the_longest_names_and_data() {
            String most = "ß漢🦊".repeat(75);
            NewEvent event =
                    new NewEvent(
                            UuidV7.next(),
                            new StreamId("c", "x" + most.substring(48)),
                            "🦊".repeat(50),
                            Integer.MAX_VALUE,
                            "\"" + "漢".repeat(NewEvent.MAX_DATA_LENGTH - 2) + "\"",
                            Set.of(new Tag("t", "x" + most.substring(48))),
                            new Metadata(most.substring(45), null, most.substring(45), null));

            append(event);

            assertRecords(all().getFirst(), event);
            assertThat(read(Query.tags(event.tags().iterator().next()))).hasSize(1);
        }

        @Test
        void keeps_as_many_tags_as_an_event_may_have() {
            Set<Tag> tags =
                    IntStream.range(0, NewEvent.MAX_TAGS)
                            .mapToObj(i -> new Tag("t" + i % 7, "v" + i))
                            .collect(Collectors.toSet());
            append(event("a", null, tags.toArray(Tag[]::new)));

            assertThat(all().getFirst().tags()).isEqualTo(tags);
            assertThat(read(Query.tags(tags.toArray(Tag[]::new)))).hasSize(1);
        }

        @Test
        void keeps_data_character_by_character() {
            List<String> data =
                    List.of(
                            "{\"b\":1.50,\"a\":[1e2,"
                                    + " -0.0,12345678901234567890.12345678901234567890]}",
                            "{ \"a\" : null,\n\t\"A\" : true }",
                            "\"quote \\\" backslash \\\\ slash \\/ newline \\n"
                                    + " nul \\u0000 escape \\u00e9\"",
                            "\"ß é 漢字 🦊 \u2028 'single' ${x} %s ? ?? :a $1 {a,b} \\\\N NULL\"",
                            "null",
                            "{}",
                            "\"\"");
            data.forEach(json -> append(event("a", null, Metadata.none(), json)));

            assertThat(all()).extracting(RecordedEvent::data).isEqualTo(data);
        }

        @Test
        void keeps_each_part_of_the_metadata_by_itself() {
            List<Metadata> metadata =
                    List.of(
                            Metadata.none(),
                            Metadata.none().withCorrelation("ß 🦊"),
                            Metadata.none().withCausation("a\"b\\c,{d}"),
                            Metadata.none().withActor("NULL"),
                            Metadata.none().withTrace("00-4bf92f3577b34da6a3ce929d0e0e4736-01"));
            metadata.forEach(one -> append(event("a", null, one, "{}")));

            assertThat(all()).extracting(RecordedEvent::metadata).isEqualTo(metadata);
        }

        @Test
        void finds_names_with_characters_that_mean_something_elsewhere() {
            List<String> names =
                    List.of(
                            "a,b", "\"q\"", "\\", "{x}", "%", "_", "'", "NULL", "$1", "?", "a b",
                            "🦊", "A", "a", "ä");
            names.forEach(name -> append(event(name, new StreamId("s", name), new Tag("t", name))));

            for (String name : names) {
                Tag tag = new Tag("t", name);
                assertThat(read(Query.types(name)))
                        .extracting(RecordedEvent::type)
                        .containsExactly(name);
                assertThat(read(Query.tags(tag)))
                        .extracting(RecordedEvent::tags)
                        .containsExactly(Set.of(tag));
                assertThat(read(Query.stream(new StreamId("s", name))))
                        .extracting(RecordedEvent::stream)
                        .containsExactly(new StreamId("s", name));
            }
        }

        @Test
        void tells_when_each_event_was_recorded_in_microseconds() {
            append(event("a"));
            append(event("b"));

            assertThat(all())
                    .hasSize(2)
                    .allSatisfy(
                            event ->
                                    assertThat(event.recordedAt())
                                            .isEqualTo(
                                                    event.recordedAt()
                                                            .truncatedTo(ChronoUnit.MICROS)));
            assertThat(all()).isEqualTo(all());
        }

        @Test
        void appends_nothing_when_the_thread_is_interrupted() {
            Thread.currentThread().interrupt();
            try {
                assertThatThrownBy(() -> append(event("a")))
                        .isInstanceOf(CancellationException.class)
                        .hasMessageContaining("interrupted");
                assertThat(Thread.currentThread().isInterrupted()).isTrue();
            } finally {
                Thread.interrupted();
            }
            assertThat(store.head()).isZero();
        }
    }

    @Nested
    class Reading {

        @Test
        void starts_after_the_position() {
            append(event("a"), event("b"), event("c"));

            assertThat(store.read(Query.all(), 1, 10))
                    .extracting(RecordedEvent::position)
                    .containsExactly(2L, 3L);
            assertThat(store.read(Query.types("c", "a"), 1, 10))
                    .extracting(RecordedEvent::position)
                    .containsExactly(3L);
            assertThat(store.read(Query.all(), 3, 10)).isEmpty();
            assertThat(store.read(Query.all(), Long.MAX_VALUE, 10)).isEmpty();
        }

        @Test
        void stops_at_the_limit() {
            append(event("a"), event("b"), event("a"), event("a"));

            assertThat(store.read(Query.types("a"), 0, 2))
                    .extracting(RecordedEvent::position)
                    .containsExactly(1L, 3L);
            assertThat(store.read(Query.types("a"), 3, 2))
                    .extracting(RecordedEvent::position)
                    .containsExactly(4L);
        }

        @Test
        void refuses_a_limit_out_of_range() {
            for (int limit : new int[] {0, -1, EventStore.MAX_READ + 1}) {
                assertThatThrownBy(() -> store.read(Query.all(), 0, limit))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining(
                                "the limit of a read is 1 to 100,000, but was %,d", limit);
            }
        }

        @Test
        void refuses_a_negative_position() {
            assertThatThrownBy(() -> store.read(Query.all(), -1, 10))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("the position to read after is 0 or more, but was -1");
        }

        @Test
        void finds_the_events_of_a_stream() {
            append(
                    event("a", CART),
                    event("b", new StreamId("cart", "11")),
                    event("c", new StreamId("car", "t-1")),
                    event("d"),
                    event("e", CART));

            assertThat(types(Query.stream(CART))).containsExactly("a", "e");
        }

        @Test
        void finds_events_of_any_of_the_types() {
            append(event("a"), event("b"), event("c"), event("a", CART, RED));

            assertThat(types(Query.types("a", "c"))).containsExactly("a", "c", "a");
        }

        @Test
        void finds_events_with_all_of_the_tags() {
            append(
                    event("a", null, RED),
                    event("b", null, RED, LARGE),
                    event("c", CART, LARGE, RED, BLUE));

            assertThat(types(Query.tags(RED, LARGE))).containsExactly("b", "c");
        }

        @Test
        void finds_events_by_type_and_tags_together() {
            append(event("a", null, RED), event("b", null, RED), event("a", null, BLUE));

            assertThat(positions(Query.typeWithTags("a", RED))).containsExactly(1L);
        }

        @Test
        void finds_events_by_stream_types_and_tags_together() {
            append(
                    event("a", CART, RED),
                    event("a", ORDER, RED),
                    event("b", CART, RED),
                    event("c", CART, RED),
                    event("b", CART));

            Query query = new Query(List.of(new Query.Item(CART, Set.of("a", "b"), Set.of(RED))));
            assertThat(positions(query)).containsExactly(1L, 3L);
        }

        @Test
        void finds_an_event_once_however_many_items_it_matches() {
            append(event("a", CART, RED), event("b", null, BLUE), event("c"));

            Query query =
                    Query.types("a")
                            .or(Query.tags(RED))
                            .or(Query.stream(CART))
                            .or(Query.tags(BLUE));
            assertThat(types(query)).containsExactly("a", "b");
        }

        @Test
        void tells_a_tag_by_its_whole_name_and_value() {
            append(
                    event("a", null, new Tag("sku", "A1")),
                    event("b", null, new Tag("sku", "A11")),
                    event("c", null, new Tag("sk", "u:A1")),
                    event("d", null, new Tag("sku", "a1")),
                    event("e", null, new Tag("sku", ":A1")));

            assertThat(types(Query.tags(new Tag("sku", "A1")))).containsExactly("a");
            assertThat(types(Query.tags(new Tag("sk", "u:A1")))).containsExactly("c");
            assertThat(types(Query.tags(new Tag("sku", ":A1")))).containsExactly("e");
        }

        @Test
        void takes_as_many_items_as_a_query_may_have() {
            append(event("a99"), event("a100"), event("a5"));

            Query query =
                    new Query(
                            IntStream.range(0, 100)
                                    .mapToObj(i -> new Query.Item(null, Set.of("a" + i), Set.of()))
                                    .toList());
            assertThat(types(query)).containsExactly("a99", "a5");
        }

        @Test
        void answers_every_query_as_its_definition_does() {
            Random random = new Random(20261101);
            for (int i = 0; i < 20; i++) {
                store.append(Append.of(Stock.events(random, 1 + random.nextInt(20))));
            }
            List<RecordedEvent> log = all();
            assertThat(log).hasSizeGreaterThan(100);
            for (int i = 0; i < 200; i++) {
                Query query = Stock.query(random);
                long after = random.nextInt(log.size());
                int limit = 1 + random.nextInt(30);

                assertThat(store.read(query, after, limit))
                        .as("%s after %d, at most %d", query, after, limit)
                        .isEqualTo(
                                log.stream()
                                        .filter(
                                                event ->
                                                        event.position() > after
                                                                && matches(query, event))
                                        .limit(limit)
                                        .toList());
            }
        }
    }

    @Nested
    class Conditions {

        @Test
        void takes_an_append_at_the_expected_version() {
            assertThat(append(new ExpectedVersion(CART, 0), event("a", CART)))
                    .isEqualTo(new Appended(1, 1));
            assertThat(append(new ExpectedVersion(CART, 1), event("b", CART), event("c", CART)))
                    .isEqualTo(new Appended(2, 3));
            assertThat(append(new ExpectedVersion(CART, 3), event("d", ORDER)))
                    .isEqualTo(new Appended(4, 4));
            assertThat(all()).hasSize(4);
        }

        @Test
        void refuses_an_append_at_another_version_and_names_the_last_event_of_the_stream() {
            append(event("a", CART), event("b", CART), event("c", ORDER));

            for (long version : new long[] {0, 1, 3}) {
                Condition condition = new ExpectedVersion(CART, version);
                assertThat(append(condition, event("d", CART)))
                        .isEqualTo(new Conflict(condition, 2));
            }
            assertThat(store.head()).isEqualTo(3);
        }

        @Test
        void names_position_0_when_the_stream_has_no_event() {
            append(event("a", ORDER));
            Condition condition = new ExpectedVersion(CART, 1);

            assertThat(append(condition, event("b", CART))).isEqualTo(new Conflict(condition, 0));
        }

        @Test
        void takes_an_append_when_no_event_matches() {
            append(event("a", null, RED), event("b"));

            assertThat(append(new NoneMatching(Query.types("c"), 0), event("c")))
                    .isEqualTo(new Appended(3, 3));
            assertThat(append(new NoneMatching(Query.typeWithTags("b", RED), 0), event("d")))
                    .isEqualTo(new Appended(4, 4));
            assertThat(all()).hasSize(4);
        }

        @Test
        void refuses_an_append_when_an_event_matches_and_names_the_event() {
            append(event("a"), event("b", null, RED), event("c"));

            for (Query query :
                    List.of(
                            Query.types("b"),
                            Query.tags(RED),
                            Query.typeWithTags("b", RED),
                            Query.types("x").or(Query.types("b")))) {
                Condition condition = new NoneMatching(query, 0);
                assertThat(append(condition, event("d"))).isEqualTo(new Conflict(condition, 2));
            }
            assertThat(store.head()).isEqualTo(3);
        }

        @Test
        void looks_only_at_events_after_the_position() {
            append(event("a"), event("b"), event("a"));

            Condition held = new NoneMatching(Query.types("a"), 3);
            Condition broken = new NoneMatching(Query.types("a"), 2);
            assertThat(append(broken, event("c"))).isEqualTo(new Conflict(broken, 3));
            assertThat(append(held, event("c"))).isEqualTo(new Appended(4, 4));
        }

        @Test
        void can_ask_that_nothing_at_all_happened() {
            Condition nothing = new NoneMatching(Query.all(), 0);

            assertThat(append(nothing, event("a"))).isEqualTo(new Appended(1, 1));
            assertThat(append(nothing, event("b"))).isEqualTo(new Conflict(nothing, 1));
        }

        @Test
        void needs_all_conditions_and_names_the_one_that_failed() {
            append(event("a", CART), event("b", ORDER, RED));
            Condition held = new ExpectedVersion(CART, 1);
            Condition alsoHeld = new NoneMatching(Query.types("c"), 0);
            Condition broken = new NoneMatching(Query.tags(RED), 1);

            for (List<Condition> conditions :
                    List.of(List.of(held, alsoHeld, broken), List.of(broken, alsoHeld, held))) {
                assertThat(store.append(new Append(List.of(event("d")), conditions, null)))
                        .isEqualTo(new Conflict(broken, 2));
            }
            assertThat(store.append(Append.of(List.of(event("d")), held, alsoHeld)))
                    .isEqualTo(new Appended(3, 3));
        }

        @Test
        void takes_as_many_conditions_as_an_append_may_have() {
            append(event("a99"));
            List<Condition> conditions =
                    IntStream.range(0, Append.MAX_CONDITIONS)
                            .<Condition>mapToObj(i -> new NoneMatching(Query.types("a" + i), 0))
                            .toList();

            assertThat(store.append(new Append(List.of(event("b")), conditions, null)))
                    .isEqualTo(new Conflict(conditions.getLast(), 1));
        }

        @Test
        void looks_at_the_log_as_it_was_before_the_append() {
            Condition noneYet = new NoneMatching(Query.types("a"), 0);
            Condition newStream = new ExpectedVersion(CART, 0);

            assertThat(
                            store.append(
                                    Append.of(
                                            List.of(event("a", CART), event("a", CART)),
                                            noneYet,
                                            newStream)))
                    .isEqualTo(new Appended(1, 2));
            assertThat(all()).hasSize(2);
        }

        @Test
        void writes_nothing_of_an_append_that_is_refused() {
            append(event("a", CART));
            List<RecordedEvent> before = all();

            AppendOutcome outcome =
                    append(
                            new ExpectedVersion(CART, 0),
                            event("b", CART),
                            event("c", ORDER),
                            event("d"));

            assertThat(outcome).isInstanceOf(Conflict.class);
            assertThat(all()).isEqualTo(before);
            assertThat(append(event("e", CART))).isEqualTo(new Appended(2, 2));
            assertThat(all().getLast().version()).isEqualTo(2);
        }

        @Test
        void judges_every_query_as_its_definition_does() {
            Random random = new Random(20261102);
            int refused = 0;
            for (int i = 0; i < 200; i++) {
                List<RecordedEvent> log = all();
                Query query = Stock.query(random);
                long after = random.nextInt(log.size() + 1);
                NoneMatching condition = new NoneMatching(query, after);

                AppendOutcome outcome = store.append(Append.of(Stock.events(random, 1), condition));

                List<Long> inTheWay =
                        log.stream()
                                .filter(event -> event.position() > after && matches(query, event))
                                .map(RecordedEvent::position)
                                .toList();
                if (inTheWay.isEmpty()) {
                    assertThat(outcome)
                            .as("%s", condition)
                            .isEqualTo(new Appended(log.size() + 1, log.size() + 1));
                } else {
                    refused++;
                    assertThat(outcome).as("%s", condition).isInstanceOf(Conflict.class);
                    assertThat(((Conflict) outcome).condition()).isEqualTo(condition);
                    assertThat(((Conflict) outcome).position()).as("%s", condition).isIn(inTheWay);
                }
            }
            assertThat(refused).isBetween(20, 180);
        }
    }

    @Nested
    class Repeating {

        @Test
        void answers_a_repeated_append_as_the_first_time_and_writes_nothing() {
            append(event("x"));
            Append append =
                    Append.of(
                            List.of(event("a", CART), event("b", CART)),
                            new ExpectedVersion(CART, 0));
            AppendOutcome first = store.append(append);
            append(event("y"));

            assertThat(first).isEqualTo(new Appended(2, 3));
            assertThat(store.append(append)).isEqualTo(first);
            assertThat(types(Query.all())).containsExactly("x", "a", "b", "y");
        }

        @Test
        void refuses_an_append_of_which_a_part_is_in_the_log_already() {
            NewEvent known = event("a");
            append(event("x"));
            append(known);

            assertThatThrownBy(() -> append(event("b"), known))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(
                            "1 of the append's 2 events are in the log already, the first as"
                                    + " position 2")
                    .hasMessageContaining("give new events ids of their own");
            assertThat(types(Query.all())).containsExactly("x", "a");
        }

        @Test
        void answers_a_repeated_key_with_the_receipt_of_the_first_time() {
            store.append(
                    new Append(
                            List.of(event("a")), List.of(), new Receipt("key", "ß \"first\" 🦊")));
            append(event("b"));

            assertThat(
                            store.append(
                                    new Append(
                                            List.of(event("c")),
                                            List.of(),
                                            new Receipt("key", "second"))))
                    .isEqualTo(new Repeated("ß \"first\" 🦊", 1));
            assertThat(types(Query.all())).containsExactly("a", "b");
        }

        @Test
        void keeps_no_receipt_of_an_append_that_is_refused() {
            append(event("a"));
            Condition broken = new NoneMatching(Query.types("a"), 0);
            Receipt receipt = new Receipt("key", "answer");

            assertThat(store.append(new Append(List.of(event("b")), List.of(broken), receipt)))
                    .isEqualTo(new Conflict(broken, 1));
            assertThat(store.append(new Append(List.of(event("c")), List.of(), receipt)))
                    .isEqualTo(new Appended(2, 2));
            assertThat(types(Query.all())).containsExactly("a", "c");
        }

        @Test
        void keeps_a_receipt_without_events() {
            append(event("a"));
            Append refusal =
                    new Append(
                            List.of(),
                            List.of(new NoneMatching(Query.types("a"), 1)),
                            new Receipt("key", "refused"));

            assertThat(store.append(refusal)).isEqualTo(new Appended(2, 1));
            append(event("a"));
            assertThat(store.append(refusal)).isEqualTo(new Repeated("refused", 1));
            assertThat(store.head()).isEqualTo(2);
        }
    }

    @Nested
    class Racing {

        @Test
        void lets_one_of_many_take_the_same_version() throws Exception {
            Condition condition = new ExpectedVersion(CART, 0);

            List<AppendOutcome> outcomes =
                    Race.run(WRITERS, _ -> append(condition, event("a", CART)));

            assertOneWinner(outcomes, condition);
        }

        @Test
        void lets_one_of_many_pass_the_same_query() throws Exception {
            Condition condition = new NoneMatching(Query.tags(RED), 0);

            List<AppendOutcome> outcomes =
                    Race.run(WRITERS, _ -> append(condition, event("a", null, RED)));

            assertOneWinner(outcomes, condition);
        }

        @Test
        void lets_one_of_two_pass_when_each_would_stop_the_other() throws Exception {
            for (int round = 0; round < 20; round++) {
                Tag tag = new Tag("round", "" + round);
                List<AppendOutcome> outcomes =
                        Race.run(
                                2,
                                i ->
                                        append(
                                                new NoneMatching(
                                                        Query.typeWithTags(i == 0 ? "b" : "a", tag),
                                                        0),
                                                event(i == 0 ? "a" : "b", null, tag)));

                assertThat(outcomes).filteredOn(Appended.class::isInstance).hasSize(1);
                assertThat(read(Query.tags(tag))).hasSize(1);
            }
        }

        @Test
        void lets_all_pass_that_do_not_concern_each_other() throws Exception {
            List<AppendOutcome> outcomes =
                    Race.run(
                            WRITERS,
                            i -> {
                                Tag tag = new Tag("writer", "" + i);
                                return append(
                                        new NoneMatching(Query.tags(tag), 0),
                                        event("a", null, tag));
                            });

            assertThat(outcomes).allSatisfy(one -> assertThat(one).isInstanceOf(Appended.class));
            assertThat(all())
                    .extracting(RecordedEvent::position)
                    .containsExactlyElementsOf(LongStream.rangeClosed(1, WRITERS).boxed().toList());
        }

        @Test
        void loses_no_update() throws Exception {
            Query query = Query.tags(RED);
            Race.run(
                    WRITERS,
                    _ -> {
                        for (int done = 0; done < 10; ) {
                            List<RecordedEvent> seen = read(query);
                            long after = seen.isEmpty() ? 0 : seen.getLast().position();
                            NewEvent next =
                                    event(
                                            "count",
                                            null,
                                            Metadata.none(),
                                            "" + (seen.size() + 1),
                                            RED);
                            if (append(new NoneMatching(query, after), next) instanceof Appended) {
                                done++;
                            }
                        }
                        return new Appended(1, 1);
                    });

            assertThat(read(query))
                    .extracting(RecordedEvent::data)
                    .containsExactlyElementsOf(
                            IntStream.rangeClosed(1, WRITERS * 10).mapToObj(i -> "" + i).toList());
        }

        @Test
        void keeps_positions_and_versions_without_gaps_and_events_where_it_said() throws Exception {
            record Acknowledged(NewEvent event, long position) {}
            List<List<Acknowledged>> acknowledged =
                    Race.run(
                            WRITERS,
                            i -> {
                                List<Acknowledged> mine = new ArrayList<>();
                                for (int n = 0; n < 20; n++) {
                                    NewEvent one = event("a", n % 2 == 0 ? CART : ORDER);
                                    NewEvent two = event("b", CART, new Tag("writer", "" + i));
                                    Appended appended = (Appended) append(one, two);
                                    mine.add(new Acknowledged(one, appended.firstPosition()));
                                    mine.add(new Acknowledged(two, appended.lastPosition()));
                                }
                                return mine;
                            });

            List<RecordedEvent> log = all();
            assertThat(log)
                    .extracting(RecordedEvent::position)
                    .containsExactlyElementsOf(
                            LongStream.rangeClosed(1, WRITERS * 40L).boxed().toList());
            for (StreamId stream : List.of(CART, ORDER)) {
                List<RecordedEvent> events = read(Query.stream(stream));
                assertThat(events)
                        .extracting(RecordedEvent::version)
                        .containsExactlyElementsOf(
                                LongStream.rangeClosed(1, events.size()).boxed().toList());
            }
            for (Acknowledged one : acknowledged.stream().flatMap(List::stream).toList()) {
                assertRecords(log.get(Math.toIntExact(one.position) - 1), one.event);
            }
        }

        @Test
        void writes_an_append_once_that_is_sent_many_times_at_once() throws Exception {
            append(event("x"));
            Append append =
                    Append.of(
                            List.of(event("a", CART), event("b", CART)),
                            new ExpectedVersion(CART, 0));

            List<AppendOutcome> outcomes = Race.run(WRITERS, _ -> store.append(append));

            assertThat(outcomes).containsOnly(new Appended(2, 3));
            assertThat(types(Query.all())).containsExactly("x", "a", "b");
        }

        @Test
        void keeps_one_receipt_of_many_requests_with_the_same_key() throws Exception {
            List<AppendOutcome> outcomes =
                    Race.run(
                            WRITERS,
                            i ->
                                    store.append(
                                            new Append(
                                                    List.of(event("a" + i)),
                                                    List.of(),
                                                    new Receipt("key", "a" + i))));

            assertThat(outcomes)
                    .filteredOn(Appended.class::isInstance)
                    .containsExactly(new Appended(1, 1));
            assertThat(types(Query.all())).hasSize(1);
            assertThat(outcomes)
                    .filteredOn(Repeated.class::isInstance)
                    .hasSize(WRITERS - 1)
                    .containsOnly(new Repeated(types(Query.all()).getFirst(), 1));
        }

        @Test
        void shows_readers_a_log_without_gaps_while_writers_run() throws Exception {
            int appends = 40;
            AtomicBoolean written = new AtomicBoolean();
            try (ExecutorService threads = Executors.newCachedThreadPool()) {
                List<Future<Long>> readers =
                        List.of(
                                threads.submit(() -> follow(Query.all(), written)),
                                threads.submit(() -> follow(Query.all(), written)),
                                threads.submit(() -> follow(Query.stream(CART), written)));
                try {
                    Race.run(
                            WRITERS,
                            _ -> {
                                AppendOutcome last = append(event("a", CART));
                                for (int i = 1; i < appends; i++) {
                                    last = append(event("a", CART), event("b", CART));
                                }
                                return last;
                            });
                } finally {
                    written.set(true);
                }
                for (Future<Long> reader : readers) {
                    assertThat(reader.get()).isEqualTo(WRITERS * (2L * appends - 1));
                }
            }
        }

        /// Reads on until there is nothing more to come, and returns the last position.
        private long follow(Query query, AtomicBoolean written) {
            long seen = 0;
            while (!Thread.interrupted()) {
                boolean last = written.get();
                long head = store.head();
                List<RecordedEvent> page = store.read(query, seen, 100);
                assertThat(page)
                        .extracting(RecordedEvent::position)
                        .containsExactlyElementsOf(
                                LongStream.rangeClosed(seen + 1, seen + page.size())
                                        .boxed()
                                        .toList());
                assertThat(seen + page.size())
                        .as("a read sees all up to a head that was seen before it")
                        .isGreaterThanOrEqualTo(Math.min(head, seen + 100));
                seen += page.size();
                if (last && page.isEmpty()) {
                    return seen;
                }
            }
            throw new CancellationException("interrupted at position " + seen);
        }

        private void assertOneWinner(List<AppendOutcome> outcomes, Condition condition) {
            assertThat(outcomes)
                    .filteredOn(Appended.class::isInstance)
                    .containsExactly(new Appended(1, 1));
            assertThat(outcomes)
                    .filteredOn(Conflict.class::isInstance)
                    .hasSize(WRITERS - 1)
                    .containsOnly(new Conflict(condition, 1));
            assertThat(all()).hasSize(1);
        }
    }

    private AppendOutcome append(NewEvent... events) {
        return store.append(Append.of(List.of(events)));
    }

    private AppendOutcome append(Condition condition, NewEvent... events) {
        return store.append(Append.of(List.of(events), condition));
    }

    private List<RecordedEvent> all() {
        return read(Query.all());
    }

    private List<RecordedEvent> read(Query query) {
        return store.read(query, 0, EventStore.MAX_READ);
    }

    private List<String> types(Query query) {
        return read(query).stream().map(RecordedEvent::type).toList();
    }

    private List<Long> positions(Query query) {
        return read(query).stream().map(RecordedEvent::position).toList();
    }

    private static NewEvent event(String type) {
        return event(type, null);
    }

    private static NewEvent event(String type, @Nullable StreamId stream, Tag... tags) {
        return event(type, stream, Metadata.none(), "{}", tags);
    }

    private static NewEvent event(
            String type, @Nullable StreamId stream, Metadata metadata, String data, Tag... tags) {
        return new NewEvent(UuidV7.next(), stream, type, 1, data, Set.of(tags), metadata);
    }

    private static List<Object> ids(List<NewEvent> events) {
        return events.stream().<Object>map(NewEvent::id).toList();
    }

    private static boolean matches(Query query, RecordedEvent event) {
        return query.matches(event.stream(), event.type(), event.tags());
    }

    private static void assertRecords(RecordedEvent recorded, NewEvent event) {
        assertThat(
                        new NewEvent(
                                recorded.id(),
                                recorded.stream(),
                                recorded.type(),
                                recorded.revision(),
                                recorded.data(),
                                recorded.tags(),
                                recorded.metadata()))
                .isEqualTo(event);
    }

    /// Random events and queries over few names, so that many match in part.
    private static final class Stock {
        private static final List<String> TYPES = List.of("a", "b", "c", "d");
        private static final List<Tag> TAGS =
                List.of(RED, BLUE, LARGE, new Tag("size", "small"), new Tag("sku", "A1"));
        private static final List<StreamId> STREAMS =
                List.of(CART, ORDER, new StreamId("cart", "2"));

        private Stock() {}

        static List<NewEvent> events(Random random, int count) {
            return IntStream.range(0, count)
                    .mapToObj(
                            _ ->
                                    event(
                                            pick(random, TYPES),
                                            random.nextBoolean() ? pick(random, STREAMS) : null,
                                            some(random, TAGS, 4).toArray(Tag[]::new)))
                    .toList();
        }

        static Query query(Random random) {
            return new Query(
                    IntStream.rangeClosed(0, random.nextInt(3))
                            .mapToObj(
                                    _ ->
                                            new Query.Item(
                                                    random.nextInt(4) == 0
                                                            ? pick(random, STREAMS)
                                                            : null,
                                                    some(random, TYPES, 3),
                                                    some(random, TAGS, 4)))
                            .toList());
        }

        private static <T> T pick(Random random, List<T> from) {
            return from.get(random.nextInt(from.size()));
        }

        private static <T> Set<T> some(Random random, List<T> from, int most) {
            return random.ints(random.nextInt(most), 0, from.size())
                    .mapToObj(from::get)
                    .collect(Collectors.toSet());
        }
    }
}
