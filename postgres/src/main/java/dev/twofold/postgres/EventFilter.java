package dev.twofold.postgres;

import dev.twofold.Query;
import dev.twofold.RecordedEvent;
import dev.twofold.StreamId;
import dev.twofold.Tag;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Which events of its types a subscription is given: those that carry all of some tags, of streams
/// of one category. What is left empty does not restrict.
///
/// Tags are found by their index, so that a subscription to rare ones reads little of the log.
///
/// @param category null for streams of any category, and events of no stream
public record EventFilter(@Nullable String category, Set<Tag> tags) {
    private static final EventFilter ALL = new EventFilter(null, Set.of());

    public EventFilter {
        if (category != null) {
            new StreamId(category, "1"); // throws if it cannot be one
        }
        tags = Set.copyOf(tags);
    }

    public static EventFilter all() {
        return ALL;
    }

    /// Events of streams such as `product-42`, for the category `product`.
    public static EventFilter category(String category) {
        return new EventFilter(category, Set.of());
    }

    /// Events that carry all of these tags.
    public static EventFilter tags(Tag... tags) {
        return new EventFilter(null, Set.of(tags));
    }

    /// What the log is asked for.
    ///
    /// @param types none for all
    Query query(Set<String> types) {
        return new Query(List.of(new Query.Item(null, types, tags)));
    }

    /// Whether an event that matches the query is meant.
    boolean passes(RecordedEvent event) {
        StreamId stream = event.stream();
        return category == null || (stream != null && stream.category().equals(category));
    }
}
