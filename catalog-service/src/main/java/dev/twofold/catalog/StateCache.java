package dev.twofold.catalog;

import com.github.benmanes.caffeine.cache.Caffeine;
import dev.twofold.Known;
import dev.twofold.Query;
import dev.twofold.StreamId;
import dev.twofold.Tag;
import java.util.concurrent.ConcurrentMap;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/// The states that commands met last, so that the next command needs no read; those used least go
/// when it is full.
///
/// Sized in bytes, by an estimate that is on the high side: two for a character, and what the
/// objects around the characters take.
public final class StateCache {
    private static final int ENTRY = 250;
    private static final int ITEM = 250;
    private static final int TEXT = 60;

    private StateCache() {}

    /// @param maxBytes of all entries together
    /// @param bytes estimates the size of a state
    public static <S> ConcurrentMap<Query, Known<S>> create(
            long maxBytes, ToLongFunction<? super S> bytes) {
        return Caffeine.newBuilder()
                .executor(Runnable::run)
                .maximumWeight(maxBytes)
                .<Query, Known<S>>weigher(
                        (query, known) -> weight(query, bytes.applyAsLong(known.state())))
                .build()
                .asMap();
    }

    /// The size of an entry.
    public static int weight(Query query, long stateBytes) {
        long bytes = ENTRY + stateBytes;
        for (Query.Item item : query.items()) {
            bytes += ITEM + text(item.stream());
            for (String type : item.types()) {
                bytes += bytes(type);
            }
            for (Tag tag : item.tags()) {
                bytes += bytes(tag.name()) + bytes(tag.value());
            }
        }
        return Math.toIntExact(Math.min(bytes, Integer.MAX_VALUE));
    }

    /// The size of a text; 0 for none.
    public static long bytes(@Nullable String text) {
        return text == null ? 0 : TEXT + 2L * text.length();
    }

    private static long text(@Nullable StreamId stream) {
        return stream == null ? 0 : bytes(stream.category()) + bytes(stream.id());
    }
}
