package dev.twofold.redis;

import dev.twofold.redis.FarCache.Reading;
import dev.twofold.redis.RedisCache.Scripts;
import dev.twofold.redis.RedisKeys.Document;
import dev.twofold.redis.Source.Standing;
import dev.twofold.redis.Tracking.TrackingFailure;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Documents of a source, kept in memory and, if there is one, in a Redis that nodes share.
///
/// An answer reflects every change up to a position, which it names; no answer is older than was
/// asked for. Who asks for nothing gets an answer that is older than the source by two checks at
/// most ([CacheSettings#check]). All that goes wrong with Redis makes the cache slower, never
/// wrong: what is kept is believed only as far as changes are known to have been taken in without a
/// gap.
///
/// Safe for use by many threads.
public class DocumentCache implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(DocumentCache.class.getName());

    private final Source source;
    private final CacheSettings settings;
    private final @Nullable Shared shared;
    private final LongSupplier clock;
    private final LongAdder nearHits = new LongAdder();
    private final LongAdder farHits = new LongAdder();
    private final LongAdder loads = new LongAdder();
    private final LongAdder flushes = new LongAdder();

    /// Held when the state is replaced, and when something is heard, so that it is heard by the
    /// state that answers.
    private final ReentrantLock turn = new ReentrantLock();

    private volatile @Nullable State state;
    private @Nullable Standing asked;
    private volatile @Nullable Tracking tracking;
    private final ScheduledExecutorService checks =
            Executors.newScheduledThreadPool(
                    2, Thread.ofVirtual().name("twofold-cache-", 1).factory());

    /// @param floor the position that an answer has to reflect for whoever asks
    /// @param askedAt when the source last told where it stands
    private record State(NearCache near, long floor, long askedAt) {}

    /// What nodes share.
    record Shared(
            RedisServers servers, RedisKeys keys, RedisLink link, FarCache far, Duration patience)
            implements AutoCloseable {
        static Shared connect(RedisSettings redis, CacheSettings settings, Scripts scripts) {
            RedisServers servers = new RedisServers(redis.uri());
            RedisKeys keys = new RedisKeys(redis.namespace(), servers.buckets());
            RedisLink link = new RedisLink(servers, redis.pause());
            FarCache far = new RedisCache(keys, link, redis, settings.life(), scripts);
            return new Shared(servers, keys, link, far, redis.patience());
        }

        @Override
        public void close() {
            far.close();
            link.close();
            servers.close();
        }
    }

    DocumentCache(Source source, CacheSettings settings, @Nullable Shared shared) {
        this(source, settings, shared, System::nanoTime);
    }

    /// @param clock by which documents age, in nanoseconds
    DocumentCache(
            Source source, CacheSettings settings, @Nullable Shared shared, LongSupplier clock) {
        this.source = source;
        this.settings = settings;
        this.shared = shared;
        this.clock = clock;
    }

    /// A cache in this process's memory.
    public static DocumentCache near(Source source, CacheSettings settings) {
        return new DocumentCache(source, settings, null).start();
    }

    /// A cache in this process's memory before one in Redis. It works while Redis cannot be
    /// reached, and uses it when it can.
    public static DocumentCache withRedis(
            Source source, CacheSettings settings, RedisSettings redis) {
        return new DocumentCache(source, settings, Shared.connect(redis, settings, Scripts.load()))
                .start();
    }

    private DocumentCache start() {
        long period = settings.check().toMillis();
        var _ = checks.scheduleWithFixedDelay(this::check, 0, period, TimeUnit.MILLISECONDS);
        if (shared != null) {
            var _ = checks.scheduleWithFixedDelay(this::listen, 0, period, TimeUnit.MILLISECONDS);
        }
        return this;
    }

    /// The document as it was at most two checks ago.
    ///
    /// @return null if the source cannot tell
    /// @throws RuntimeException that the source throws
    public @Nullable Answer get(String key) {
        return get(key, 0);
    }

    /// The document no older than a position of its source.
    ///
    /// @return null if the source has not come as far
    /// @throws RuntimeException that the source throws
    public @Nullable Answer get(String key, long notOlderThan) {
        State now = proven();
        if (now == null) {
            loads.increment();
            return source.find(key, notOlderThan);
        }
        Answer answer = kept(now, key, notOlderThan);
        return answer == null
                ? fetch(now.near, key, notOlderThan, needed(now, notOlderThan))
                : answer;
    }

    /// The document no older than a position of its source, if this process's memory has it. Never
    /// waits for anything, so that it may be asked by threads that must not.
    ///
    /// @return null if [#get] would have to ask elsewhere
    public @Nullable Answer peek(String key, long notOlderThan) {
        State now = proven();
        return now == null ? null : kept(now, key, notOlderThan);
    }

    /// What is kept, while the source says where it stands.
    private @Nullable State proven() {
        State now = state;
        return now == null || clock.getAsLong() - now.askedAt > settings.withoutSource().toNanos()
                ? null
                : now;
    }

    private @Nullable Answer kept(State now, String key, long notOlderThan) {
        Answer answer = now.near.find(key, needed(now, notOlderThan), this::refresh);
        if (answer != null) {
            nearHits.increment();
        }
        return answer;
    }

    private static long needed(State now, long notOlderThan) {
        return Math.max(notOlderThan, now.floor);
    }

    /// Takes in what the source has changed. Called once it can be read there, by whoever changes
    /// it; in order, and if not, at a loss of what is kept.
    public void changed(Changes changes) {
        turn.lock();
        try {
            State now = state;
            if (now != null && now.near.generation() == changes.generation()) {
                now.near.change(changes.from(), changes.to(), changes.keys(), changes.complete());
            }
        } finally {
            turn.unlock();
        }
        if (shared != null) {
            shared.far.change(changes);
        }
    }

    public CacheStatus status() {
        State now = state;
        FarCache.Failures failures =
                shared == null ? new FarCache.Failures(0, 0, false) : shared.far.failures();
        return new CacheStatus(
                nearHits.sum(),
                farHits.sum(),
                loads.sum(),
                failures.failed(),
                failures.avoided(),
                failures.avoiding(),
                tracking != null,
                flushes.sum(),
                now == null ? 0 : now.near.size(),
                now == null ? 0 : now.near.weight(),
                now == null ? 0 : now.near.generation(),
                now == null ? 0 : now.near.mark().upTo());
    }

    private @Nullable Answer fetch(NearCache near, String key, long notOlderThan, long needed) {
        Flight flight = new Flight();
        Flight other = near.begin(key, flight);
        if (other == null) {
            return fly(near, key, notOlderThan, needed, flight);
        }
        Answer brought = other.await();
        if (brought != null && brought.reflects() >= needed) {
            return brought;
        }
        // it set out before what is asked for now
        other = near.begin(key, flight);
        if (other == null) {
            return fly(near, key, notOlderThan, needed, flight);
        }
        brought = other.await();
        return brought != null && brought.reflects() >= needed
                ? brought
                : load(near, key, notOlderThan);
    }

    private @Nullable Answer fly(
            NearCache near, String key, long notOlderThan, long needed, Flight flight) {
        Answer brought = null;
        try {
            brought = bring(near, key, notOlderThan, needed, flight);
            return brought;
        } finally {
            near.end(key, flight);
            flight.land(brought);
        }
    }

    private @Nullable Answer bring(
            NearCache near, String key, long notOlderThan, long needed, Flight flight) {
        long before = near.announced();
        Shared far = shared;
        if (far == null) {
            return load(near, key, notOlderThan, flight, before, false, null);
        }
        boolean listening = tracking != null;
        String lease = UUID.randomUUID().toString();
        Reading reading = far.far.read(near.generation(), key, needed, lease);
        long deadline = System.nanoTime() + far.patience.toNanos();
        while (reading instanceof Reading.Busy) {
            long left = deadline - System.nanoTime();
            if (left <= 0 || !flight.awaitNews(left)) {
                break;
            }
            flight.restart();
            before = near.announced();
            reading = far.far.read(near.generation(), key, needed, lease);
        }
        return switch (reading) {
            case Reading.Found found -> {
                farHits.increment();
                near.put(key, flight, entry(found), Math.max(before, found.announced()));
                yield new Answer(
                        near.generation(), found.position(), found.reflects(), found.document());
            }
            case Reading.Leased(var announced) ->
                    load(
                            near,
                            key,
                            notOlderThan,
                            flight,
                            Math.max(before, announced),
                            false,
                            lease);
            case Reading.Busy(var announced) ->
                    load(near, key, notOlderThan, flight, Math.max(before, announced), false, null);
            case Reading.Missing(var announced) ->
                    load(near, key, notOlderThan, flight, Math.max(before, announced), false, null);
            case Reading.Unreachable _ ->
                    load(near, key, notOlderThan, flight, before, listening, null);
        };
    }

    private Entry entry(Reading.Found found) {
        return new Entry(
                found.position(),
                found.reflects(),
                false,
                found.document(),
                found.cost(),
                clock.getAsLong() + TimeUnit.MILLISECONDS.toNanos(found.left()));
    }

    /// @param bound whether changes may have been heard of that nobody can name
    /// @param lease to store it far with; null for none
    private @Nullable Answer load(
            NearCache near,
            String key,
            long notOlderThan,
            Flight flight,
            long before,
            boolean bound,
            @Nullable String lease) {
        long start = clock.getAsLong();
        Answer answer = load(near, key, notOlderThan);
        if (answer == null || answer.generation() != near.generation()) {
            return answer;
        }
        long end = clock.getAsLong();
        long cost = end - start;
        if (lease != null && shared != null) {
            shared.far.store(lease, key, answer, cost);
        }
        near.put(
                key,
                flight,
                new Entry(
                        answer.position(),
                        answer.reflects(),
                        bound,
                        answer.document(),
                        cost,
                        end + settings.life().toNanos()),
                before);
        return answer;
    }

    private @Nullable Answer load(NearCache near, String key, long notOlderThan) {
        loads.increment();
        Answer answer = source.find(key, notOlderThan);
        if (answer != null && answer.generation() != near.generation()) {
            check(); // another generation serves
        }
        return answer;
    }

    /// Loads a document that is about to expire, unless someone does.
    private void refresh(String key) {
        State now = state;
        Flight flight = new Flight();
        if (now == null || now.near.begin(key, flight) != null) {
            return;
        }
        Thread.ofVirtual()
                .name("twofold-cache-refresh")
                .start(
                        () -> {
                            try {
                                fly(now.near, key, 0, Long.MAX_VALUE, flight);
                            } catch (RuntimeException e) {
                                LOG.log(System.Logger.Level.DEBUG, "no early refresh of " + key, e);
                            }
                        });
    }

    /// Asks the source where it stands: answers reflect from now on what it said the last time.
    void check() {
        Standing standing;
        try {
            standing = source.standing();
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.DEBUG, "the source does not tell where it stands", e);
            return;
        }
        turn.lock();
        try {
            long now = clock.getAsLong();
            State before = state;
            if (before == null || before.near.generation() != standing.generation()) {
                state = new State(near(standing.generation(), standing.position()), 0, now);
            } else {
                long floor =
                        asked != null && asked.generation() == standing.generation()
                                ? Math.max(before.floor, asked.position())
                                : before.floor;
                state = new State(before.near, floor, now);
            }
            asked = standing;
        } finally {
            turn.unlock();
        }
    }

    private NearCache near(int generation, long position) {
        return new NearCache(generation, position, settings.bytes(), clock);
    }

    /// Listens to what Redis pushes, and takes in what it has counted.
    void listen() {
        Shared far = shared;
        State now = state;
        if (far == null || now == null) {
            return;
        }
        try {
            Tracking open = tracking;
            if (open == null) {
                Heard heard = new Heard();
                open = Tracking.open(far.servers, far.keys, heard);
                heard.begin(open);
            }
            Mark mark = open.mark(now.near.generation());
            if (mark != null) {
                count(now.near.generation(), mark);
            }
        } catch (TrackingFailure e) {
            LOG.log(System.Logger.Level.DEBUG, "Redis does not tell of changes", e);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "Redis does not tell of changes", e);
        }
    }

    private void count(int generation, Mark mark) {
        turn.lock();
        try {
            State now = state;
            if (now != null && now.near.generation() == generation) {
                now.near.count(mark.base(), mark.upTo());
            }
        } finally {
            turn.unlock();
        }
    }

    /// Forgets what is kept near. What is under way is not kept either.
    void flush() {
        State now = state;
        if (now != null) {
            flushes.increment();
            state =
                    new State(
                            near(now.near.generation(), now.near.announced()),
                            now.floor,
                            now.askedAt);
        }
    }

    /// What one channel to Redis hears.
    private final class Heard implements Tracking.Listener {
        private boolean over;

        /// Nothing that was kept before counts as heard of.
        void begin(Tracking opened) {
            turn.lock();
            try {
                if (!over) {
                    flush();
                    tracking = opened;
                }
            } finally {
                turn.unlock();
            }
        }

        @Override
        public void changed(Document document) {
            turn.lock();
            try {
                State now = state;
                if (now != null && now.near.generation() == document.generation()) {
                    now.near.remove(document.key());
                }
            } finally {
                turn.unlock();
            }
        }

        @Override
        public void flushed() {
            turn.lock();
            try {
                flush();
            } finally {
                turn.unlock();
            }
        }

        @Override
        public void broken() {
            turn.lock();
            try {
                over = true;
                flush();
                tracking = null;
            } finally {
                turn.unlock();
            }
        }
    }

    /// Hears nothing any more until it listens again.
    void stopListening() {
        Tracking open = tracking;
        if (open != null) {
            open.fail();
        }
    }

    @Override
    public void close() {
        checks.shutdownNow();
        if (shared != null) {
            shared.close();
        }
    }
}
