package dev.twofold.redis;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Documents of one generation in this process's memory, and what has been heard of changes to
/// them.
///
/// Whatever is heard of a change takes the document away, and keeps a load that is under way from
/// putting an older one in its place. Emptied by putting a new one in its place, which loads under
/// way know nothing of. Safe for use by many threads.
final class NearCache {
    private final int generation;
    private final LongSupplier clock;
    private final boolean keeps;
    private final Cache<String, Entry> entries;
    private final ConcurrentMap<String, Flight> flights = new ConcurrentHashMap<>();
    private volatile Mark mark;

    /// No less than the position of any change heard of here: set before the documents are taken
    /// away, whereas the mark is set after.
    private volatile long announced;

    /// @param bytes 0 to keep nothing at all
    NearCache(int generation, long position, long bytes, LongSupplier clock) {
        this.generation = generation;
        this.keeps = bytes > 0; // a bound of 0 is kept to only in the end
        this.clock = clock;
        this.mark = Mark.at(position);
        this.announced = position;
        this.entries =
                Caffeine.newBuilder()
                        .maximumWeight(bytes)
                        .<String, Entry>weigher((key, entry) -> entry.weight(key))
                        .expireAfter(
                                Expiry.<String, Entry>writing(
                                        (_, entry) ->
                                                Duration.ofNanos(
                                                        Math.max(
                                                                0,
                                                                entry.expiresAt()
                                                                        - clock.getAsLong()))))
                        .ticker(clock::getAsLong)
                        .build();
    }

    int generation() {
        return generation;
    }

    Mark mark() {
        return mark;
    }

    long announced() {
        return announced;
    }

    long weight() {
        return entries.policy().eviction().orElseThrow().weightedSize().orElse(0);
    }

    long size() {
        return entries.estimatedSize();
    }

    /// The document if it is proven to be new enough.
    @Nullable Answer find(String key, long needed, Due due) {
        Mark proof = mark; // before the entry: what the mark counts has been taken away by then
        Entry entry = entries.getIfPresent(key);
        if (entry == null) {
            return null;
        }
        long reflects = proof.proves(entry);
        if (reflects < needed) {
            return null;
        }
        if (entry.isDue(clock.getAsLong())) {
            due.load(key);
        }
        return new Answer(generation, entry.position(), reflects, entry.document());
    }

    /// Begins to load a document, unless someone does: that flight is returned then.
    @Nullable Flight begin(String key, Flight flight) {
        return flights.putIfAbsent(key, flight);
    }

    void end(String key, Flight flight) {
        flights.remove(key, flight);
    }

    /// Keeps what a flight has brought, unless it may be older than what has been heard since.
    ///
    /// @param announcedBefore no less than the position of any change that was heard of before the
    ///   flight
    void put(String key, Flight flight, Entry entry, long announcedBefore) {
        if (!keeps || entry.reflects() < announcedBefore) {
            return;
        }
        entries.asMap()
                .compute(
                        key,
                        (_, present) ->
                                flight.isOvertaken()
                                                || (present != null
                                                        && present.reflects() > entry.reflects())
                                        ? present
                                        : entry);
    }

    /// Takes a document away that has changed, or may have.
    void remove(String key) {
        entries.asMap()
                .compute(
                        key,
                        (_, _) -> {
                            Flight flight = flights.get(key);
                            if (flight != null) {
                                flight.overtake();
                            }
                            return null;
                        });
    }

    /// Takes documents away that a stretch of changes has touched. Called by one thread at a time.
    void change(long from, long to, Set<String> keys, boolean complete) {
        announce(to);
        keys.forEach(this::remove);
        mark = complete ? mark.with(from, to) : mark;
    }

    /// Counts changes that have been heard of one by one before. Called by one thread at a time.
    void count(long from, long to) {
        announce(to);
        mark = mark.with(from, to);
    }

    private void announce(long position) {
        if (position > announced) {
            announced = position;
        }
    }

    /// Gets the keys of documents that are about to expire.
    interface Due {
        void load(String key);
    }
}
