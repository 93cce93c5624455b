package dev.twofold;

import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Which events of a log are meant: those that match at least one of the items.
///
/// The form is that of the Dynamic Consistency Boundary specification (<https://dcb.events>), with
/// the stream as one more thing an item can ask for. At least one item, at most 100.
public record Query(List<Item> items) {
    static final int MAX_ITEMS = 100;

    public Query {
        items = List.copyOf(items);
        if (items.isEmpty()) {
            throw new IllegalArgumentException(
                    "a query has at least one item; Query.all() matches every event");
        }
        if (items.size() > MAX_ITEMS) {
            throw new IllegalArgumentException(
                    "a query has at most %d items, but this one has %d"
                            .formatted(MAX_ITEMS, items.size()));
        }
    }

    /// Every event of the log.
    public static Query all() {
        return new Query(List.of(new Item(null, Set.of(), Set.of())));
    }

    /// Every event of one stream.
    public static Query stream(StreamId stream) {
        return new Query(List.of(new Item(stream, Set.of(), Set.of())));
    }

    /// Events of any of these types, whatever their tags.
    public static Query types(String... types) {
        return new Query(List.of(new Item(null, Set.of(types), Set.of())));
    }

    /// Events that carry all of these tags, whatever their type.
    public static Query tags(Tag... tags) {
        return new Query(List.of(new Item(null, Set.of(), Set.of(tags))));
    }

    /// Events of one type that carry all of these tags.
    public static Query typeWithTags(String type, Tag... tags) {
        return new Query(List.of(new Item(null, Set.of(type), Set.of(tags))));
    }

    /// Events that match this query or the other.
    public Query or(Query other) {
        return new Query(Stream.concat(items.stream(), other.items.stream()).toList());
    }

    /// Whether an event with this stream, type and tags is meant.
    public boolean matches(@Nullable StreamId stream, String type, Set<Tag> tags) {
        for (Item item : items) {
            if (item.matches(stream, type, tags)) {
                return true;
            }
        }
        return false;
    }

    /// One alternative of a query: the stream if one is given, any of the types, all of the tags.
    ///
    /// What is left empty does not restrict; an item that is empty throughout matches every event.
    public record Item(@Nullable StreamId stream, Set<String> types, Set<Tag> tags) {
        public Item {
            types = Set.copyOf(types);
            tags = Set.copyOf(tags);
        }

        boolean matches(@Nullable StreamId eventStream, String eventType, Set<Tag> eventTags) {
            return (stream == null || stream.equals(eventStream))
                    && (types.isEmpty() || types.contains(eventType))
                    && eventTags.containsAll(tags);
        }
    }
}
