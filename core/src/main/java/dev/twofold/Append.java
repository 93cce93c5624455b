package dev.twofold;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Events to be added to a log together, what must hold for that, and what to keep of it.
///
/// One to 1,000 events, none only with a receipt; at most 100 conditions, and at most 16,777,216
/// characters of data.
public record Append(List<NewEvent> events, List<Condition> conditions, @Nullable Receipt receipt) {
    public static final int MAX_EVENTS = 1_000;
    public static final int MAX_CONDITIONS = 100;
    public static final int MAX_DATA_LENGTH = 1 << 24;

    public Append {
        events = List.copyOf(events);
        conditions = List.copyOf(conditions);
        if (events.isEmpty() && receipt == null) {
            throw new IllegalArgumentException(
                    "an append has at least one event, or a receipt to keep");
        }
        requireAtMost("events", events.size(), MAX_EVENTS);
        requireAtMost("conditions", conditions.size(), MAX_CONDITIONS);
        requireAtMost(
                "characters of data",
                events.stream().mapToLong(event -> event.data().length()).sum(),
                MAX_DATA_LENGTH);
        requireDistinctIds(events);
    }

    public static Append of(List<NewEvent> events, Condition... conditions) {
        return new Append(events, List.of(conditions), null);
    }

    private static void requireAtMost(String what, long actual, long limit) {
        if (actual > limit) {
            throw new IllegalArgumentException(
                    "an append has at most %,d %s, but this one has %,d; append in several steps"
                            .formatted(limit, what, actual));
        }
    }

    private static void requireDistinctIds(List<NewEvent> events) {
        Set<UUID> seen = HashSet.newHashSet(events.size());
        for (NewEvent event : events) {
            if (!seen.add(event.id())) {
                throw new IllegalArgumentException(
                        "two events of one append have the id " + event.id());
            }
        }
    }
}
