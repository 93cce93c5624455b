package dev.twofold.redis;

import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisCommandTimeoutException;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/// Documents in Redis.
///
/// A query waits for Redis no longer than the timeout, and not at all for a while after it has
/// failed a few times. What Redis misses meanwhile shows in the marks of its buckets, so that it is
/// believed no more than it can know. Safe for use by many threads.
final class RedisCache implements FarCache {
    private static final System.Logger LOG = System.getLogger(RedisCache.class.getName());
    private static final int MOST_WAITING = 1_000;
    private static final int KEYS_AT_ONCE = 250;
    private static final int MOST_KEYS = 20_000;

    /// Long enough for all who track the key to hear of it; what it guards against, leases do.
    private static final Duration TOMBSTONE = Duration.ofSeconds(10);

    private static final Duration MARK = Duration.ofDays(1);

    private final RedisKeys keys;
    private final RedisLink link;
    private final RedisSettings settings;
    private final long life;
    private final Scripts scripts;
    private final Breaker breaker;
    private final LongAdder failed = new LongAdder();
    private final LongAdder avoided = new LongAdder();
    private final BlockingQueue<Changes> waiting = new ArrayBlockingQueue<>(MOST_WAITING);
    private final Thread writer;

    RedisCache(
            RedisKeys keys,
            RedisLink link,
            RedisSettings settings,
            Duration life,
            Scripts scripts) {
        this.keys = keys;
        this.link = link;
        this.settings = settings;
        this.life = life.toMillis();
        this.scripts = scripts;
        this.breaker = new Breaker(settings.failures(), settings.pause(), System::nanoTime);
        this.writer = Thread.ofVirtual().name("twofold-cache-writer").start(this::write);
    }

    record Scripts(Script read, Script store, Script change) {
        static Scripts load() {
            return new Scripts(
                    Script.load("read-document.lua"),
                    Script.load("store-document.lua"),
                    Script.load("take-changes.lua"));
        }
    }

    @Override
    public Reading read(int generation, String key, long needed, String lease) {
        String[] names = {
            keys.document(generation, key),
            keys.mark(generation, keys.bucket(key)),
            keys.lease(generation, key)
        };
        List<Object> reply =
                ask(
                        scripts.read,
                        names,
                        text(needed),
                        text(lease),
                        text(settings.lease().toMillis()));
        if (reply == null) {
            return new Reading.Unreachable();
        }
        try {
            return reading(reply);
        } catch (RuntimeException e) {
            failed.increment();
            LOG.log(System.Logger.Level.WARNING, "Redis has a document that cannot be read", e);
            return new Reading.Unreachable();
        }
    }

    private static Reading reading(List<Object> reply) {
        String announced = string(reply.get(1));
        long position = announced.isEmpty() ? NOWHERE : Long.parseLong(announced);
        return switch (string(reply.getFirst())) {
            case "found" ->
                    new Reading.Found(
                            position,
                            Long.parseLong(string(reply.get(2))),
                            Long.parseLong(string(reply.get(3))),
                            document(bytes(reply.get(4))),
                            Long.parseLong(string(reply.get(5))),
                            Long.parseLong(string(reply.get(6))));
            case "leased" -> new Reading.Leased(position);
            case "busy" -> new Reading.Busy(position);
            case "missing" -> new Reading.Missing(position);
            default -> throw new IllegalStateException("Redis answers with " + reply);
        };
    }

    private static @Nullable Payload document(byte[] data) {
        return data.length == 0 ? null : Payload.ofStored(data);
    }

    @Override
    public void store(String lease, String key, Answer answer, long cost) {
        RedisClusterAsyncCommands<String, byte[]> commands = commands();
        if (commands == null) {
            return;
        }
        int generation = answer.generation();
        Payload document = answer.document();
        String[] names = {
            keys.document(generation, key),
            keys.mark(generation, keys.bucket(key)),
            keys.lease(generation, key)
        };
        try {
            CompletableFuture<List<Object>> reply =
                    scripts.store.run(
                            commands,
                            names,
                            text(lease),
                            text(answer.position()),
                            text(answer.reflects()),
                            document == null ? new byte[0] : document.stored(),
                            text(cost),
                            text(life));
            var _ = reply.whenComplete((_, failure) -> note(failure));
        } catch (RuntimeException e) {
            note(e);
        }
    }

    @Override
    public void change(Changes changes) {
        if (!waiting.offer(changes)) {
            avoided.increment();
        }
    }

    private void write() {
        try {
            while (true) {
                write(waiting.take());
            }
        } catch (InterruptedException _) {
            // closed
        }
    }

    /// Takes changes in, and waits for that.
    void write(Changes changes) {
        boolean lost = changes.complete() && changes.keys().size() > MOST_KEYS;
        Map<Integer, List<String>> buckets = new HashMap<>();
        for (int bucket = 0; bucket < keys.buckets(); bucket++) {
            buckets.put(bucket, new ArrayList<>());
        }
        if (!lost) {
            changes.keys()
                    .forEach(
                            key ->
                                    buckets.computeIfAbsent(
                                                    keys.bucket(key), _ -> new ArrayList<>())
                                            .add(key));
        }
        String last = lost ? "lost" : changes.complete() ? "all" : "some";
        buckets.forEach(
                (bucket, changed) -> {
                    boolean done = true;
                    int next = 0;
                    for (; done && changed.size() - next > KEYS_AT_ONCE; next += KEYS_AT_ONCE) {
                        done =
                                take(
                                        changes,
                                        bucket,
                                        changed.subList(next, next + KEYS_AT_ONCE),
                                        "part");
                    }
                    // what comes after one that failed would claim what is not so
                    if (done) {
                        take(changes, bucket, changed.subList(next, changed.size()), last);
                    }
                });
    }

    private boolean take(Changes changes, int bucket, List<String> changed, String what) {
        String[] names = new String[1 + 2 * changed.size()];
        names[0] = keys.mark(changes.generation(), bucket);
        for (int i = 0; i < changed.size(); i++) {
            names[1 + 2 * i] = keys.document(changes.generation(), changed.get(i));
            names[2 + 2 * i] = keys.lease(changes.generation(), changed.get(i));
        }
        return ask(
                        scripts.change,
                        names,
                        text(changes.from()),
                        text(changes.to()),
                        text(TOMBSTONE.toMillis()),
                        text(MARK.toMillis()),
                        text(what))
                != null;
    }

    /// Null if there is no reply in time.
    private @Nullable List<Object> ask(Script script, String[] names, byte[]... values) {
        RedisClusterAsyncCommands<String, byte[]> commands = commands();
        if (commands == null) {
            return null;
        }
        try {
            List<Object> reply =
                    script.run(commands, names, values)
                            .get(settings.timeout().toNanos(), TimeUnit.NANOSECONDS);
            breaker.succeeded();
            return reply;
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return null;
        } catch (ExecutionException e) {
            note(e.getCause());
            return null;
        } catch (TimeoutException | RuntimeException e) {
            note(e);
            return null;
        }
    }

    private @Nullable RedisClusterAsyncCommands<String, byte[]> commands() {
        if (!breaker.allows()) {
            avoided.increment();
            return null;
        }
        RedisClusterAsyncCommands<String, byte[]> commands = link.commands();
        if (commands == null) {
            avoided.increment();
        }
        return commands;
    }

    private void note(@Nullable Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null
                        ? failure.getCause()
                        : failure;
        if (cause == null || isFull(cause)) {
            breaker.succeeded();
        }
        if (cause == null) {
            return;
        }
        failed.increment();
        LOG.log(System.Logger.Level.DEBUG, "Redis failed", cause);
        if (!isFull(cause)) {
            boolean again = breaker.isOpen();
            breaker.failed();
            if (again || !isTimeout(cause)) {
                link.reset();
            }
        }
    }

    /// It answers well, but takes nothing more in.
    private static boolean isFull(Throwable failure) {
        return failure instanceof RedisCommandExecutionException
                && failure.getMessage() != null
                && failure.getMessage().contains("OOM");
    }

    private static boolean isTimeout(Throwable failure) {
        return failure instanceof TimeoutException
                || failure instanceof RedisCommandTimeoutException;
    }

    @Override
    public Failures failures() {
        return new Failures(
                failed.sum(), avoided.sum(), breaker.isOpen() || link.commands() == null);
    }

    @Override
    public void close() {
        writer.interrupt();
    }

    private static byte[] text(String value) {
        return value.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] text(long value) {
        return text(Long.toString(value));
    }

    private static byte[] bytes(Object value) {
        return (byte[]) value;
    }

    private static String string(Object value) {
        return new String(bytes(value), StandardCharsets.UTF_8);
    }
}
