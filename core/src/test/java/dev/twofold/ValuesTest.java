package dev.twofold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// The values of an event, and what they refuse.
class ValuesTest {
    private static final UUID ID = UuidV7.next();

    @Test
    void a_tag_reads_what_it_writes() {
        assertThat(new Tag("sku", "A:1")).hasToString("sku:A:1");
        assertThat(Tag.parse("sku:A:1")).isEqualTo(new Tag("sku", "A:1"));
    }

    @Test
    void a_stream_reads_what_it_writes() {
        assertThat(new StreamId("product", "4-2")).hasToString("product-4-2");
        assertThat(StreamId.parse("product-4-2")).isEqualTo(new StreamId("product", "4-2"));
    }

    @Test
    void an_item_matches_by_stream_any_type_and_all_tags() {
        StreamId cart = new StreamId("cart", "1");
        Tag red = new Tag("colour", "red");
        Tag large = new Tag("size", "large");
        Query query =
                new Query(List.of(new Query.Item(cart, Set.of("a", "b"), Set.of(red, large))));

        assertThat(query.matches(cart, "a", Set.of(red, large))).isTrue();
        assertThat(query.matches(cart, "b", Set.of(red, large, new Tag("x", "y")))).isTrue();
        assertThat(query.matches(cart, "c", Set.of(red, large))).isFalse();
        assertThat(query.matches(cart, "a", Set.of(red))).isFalse();
        assertThat(query.matches(null, "a", Set.of(red, large))).isFalse();
        assertThat(query.matches(new StreamId("cart", "2"), "a", Set.of(red, large))).isFalse();
    }

    @Test
    void a_query_matches_when_one_of_its_items_does() {
        Query query = Query.types("a").or(Query.types("b"));

        assertThat(query.matches(null, "a", Set.of())).isTrue();
        assertThat(query.matches(null, "b", Set.of())).isTrue();
        assertThat(query.matches(null, "c", Set.of())).isFalse();
        assertThat(Query.all().matches(null, "c", Set.of())).isTrue();
    }

    @Test
    void values_copy_what_they_are_given() {
        List<NewEvent> events = new ArrayList<>(List.of(event("{}")));
        Append append = Append.of(events);
        events.clear();

        assertThat(append.events()).hasSize(1);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void says_what_is_wrong_with_a_value(String message, Supplier<Object> value) {
        assertThatThrownBy(value::get)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    static Stream<Arguments> says_what_is_wrong_with_a_value() {
        String longest = "x".repeat(300);
        return Stream.of(
                wrong(
                        "a tag's name is blank; give at least one character",
                        () -> new Tag(" ", "a")),
                wrong(
                        "the value of tag \"sku\" is blank; give at least one character",
                        () -> new Tag("sku", "")),
                wrong(
                        "a tag's name has no colon, but was \"a:b\"; put it into the value",
                        () -> new Tag("a:b", "c")),
                wrong(
                        "the value of tag \"sku\" has 300 characters, the limit is 255: \"%s…\""
                                .formatted("x".repeat(40)),
                        () -> new Tag("sku", longest)),
                wrong(
                        "tag \"sku\" has 257 characters, the limit is 255: \"sku:%s…\""
                                .formatted("x".repeat(36)),
                        () -> new Tag("sku", longest.substring(47))),
                wrong(
                        "the value of tag \"sku\" has the control character U+000A at index 1;"
                                + " remove it",
                        () -> new Tag("sku", "a\nb")),
                wrong(
                        "the value of tag \"sku\" has half of a surrogate pair, U+D83E, at index 1;"
                                + " cut text between code points",
                        () -> new Tag("sku", "a\uD83E")),
                wrong("a tag reads \"name:value\", but was \"sku\"", () -> Tag.parse("sku")),
                wrong(
                        "a stream's category has no hyphen, but was \"a-b\"; the first hyphen of a"
                                + " stream's name ends the category",
                        () -> new StreamId("a-b", "c")),
                wrong(
                        "the id of a stream in \"cart\" is blank; give at least one character",
                        () -> new StreamId("cart", "")),
                wrong(
                        "a stream reads \"category-id\", but was \"cart\"",
                        () -> StreamId.parse("cart")),
                wrong(
                        "a query has at least one item; Query.all() matches every event",
                        () -> new Query(List.of())),
                wrong(
                        "a query has at most 100 items, but this one has 101",
                        () ->
                                new Query(
                                        Collections.nCopies(
                                                101, new Query.Item(null, Set.of("a"), Set.of())))),
                wrong(
                        "the expected version of stream cart-1 is 0 or more, but was -1",
                        () -> new Condition.ExpectedVersion(new StreamId("cart", "1"), -1)),
                wrong(
                        "the position after which no event may match is 0 or more, but was -1",
                        () -> new Condition.NoneMatching(Query.all(), -1)),
                wrong(
                        "metadata \"actor\" has the control character U+0000 at index 0; remove it",
                        () -> Metadata.none().withActor("\0")),
                wrong(
                        "an event's type is blank; give at least one character",
                        () -> new NewEvent(ID, null, "", 1, "{}", Set.of(), Metadata.none())),
                wrong(
                        "the revision of event type \"a\" is 1 or more, but was 0",
                        () -> new NewEvent(ID, null, "a", 0, "{}", Set.of(), Metadata.none())),
                wrong(
                        "the data of an event \"a\" has 1,048,577 characters, the limit is"
                                + " 1,048,576; store large content elsewhere and refer to it",
                        () -> event("x".repeat(NewEvent.MAX_DATA_LENGTH + 1))),
                wrong(
                        "an event \"a\" has 51 tags, the limit is 50",
                        () ->
                                new NewEvent(
                                        ID,
                                        null,
                                        "a",
                                        1,
                                        "{}",
                                        Set.copyOf(
                                                IntStream.range(0, 51)
                                                        .mapToObj(i -> new Tag("t", "" + i))
                                                        .toList()),
                                        Metadata.none())),
                wrong(
                        "an append has at least one event, or a receipt to keep",
                        () -> Append.of(List.of())),
                wrong(
                        "an append has at most 1,000 events, but this one has 1,001; append in"
                                + " several steps",
                        () -> Append.of(Collections.nCopies(1_001, event("{}")))),
                wrong(
                        "an append has at most 100 conditions, but this one has 101; append in"
                                + " several steps",
                        () ->
                                new Append(
                                        List.of(event("{}")),
                                        Collections.nCopies(
                                                101, new Condition.NoneMatching(Query.all(), 0)),
                                        null)),
                wrong(
                        "an append has at most 16,777,216 characters of data, but this one has"
                                + " 17,000,000; append in several steps",
                        () -> Append.of(Collections.nCopies(17, event("x".repeat(1_000_000))))),
                wrong(
                        "two events of one append have the id " + ID,
                        () -> Append.of(List.of(event("{}"), event("{}")))),
                wrong(
                        "an idempotency key is blank; give at least one character",
                        () -> new Receipt("", "answer")),
                wrong(
                        "the answer kept under idempotency key \"k\" has 65,537 characters, the"
                                + " limit is 65,536",
                        () -> new Receipt("k", "x".repeat(65_537))),
                wrong(
                        "the limit of a read is 1 to 100,000, but was 100,001; read on after the"
                                + " last position",
                        () -> {
                            EventStore.requireInRange(0, 100_001);
                            return "";
                        }));
    }

    private static Arguments wrong(String message, Supplier<Object> value) {
        return Arguments.of(message, value);
    }

    private static NewEvent event(String data) {
        return new NewEvent(ID, null, "a", 1, data, Set.of(), Metadata.none());
    }
}
