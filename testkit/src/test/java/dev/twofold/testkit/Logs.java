package dev.twofold.testkit;

import dev.twofold.Append;
import dev.twofold.EventStore;
import dev.twofold.EventTypes;
import dev.twofold.Metadata;
import java.util.Arrays;

/// Puts a history into a store.
final class Logs {
    private Logs() {}

    @SafeVarargs
    @SuppressWarnings("varargs") // the array is only read
    static <E> void append(EventStore store, EventTypes<E> types, E... events) {
        store.append(
                Append.of(
                        Arrays.stream(events)
                                .map(event -> types.encode(event, Metadata.none()))
                                .toList()));
    }
}
