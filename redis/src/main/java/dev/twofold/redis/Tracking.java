package dev.twofold.redis;

import dev.twofold.redis.RedisKeys.Document;
import io.lettuce.core.KeyValue;
import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.TrackingArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.push.PushMessage;
import io.lettuce.core.codec.StringCodec;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// What Redis pushes of changes to documents (client-side caching in broadcast mode, RESP3): one
/// connection to each master, from when it is opened until the first of them breaks.
final class Tracking {
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final RedisServers servers;
    private final RedisKeys keys;
    private final Listener listener;
    private final Map<Integer, String> masters;
    private final Map<String, StatefulRedisConnection<String, byte[]>> connections =
            new ConcurrentHashMap<>();
    private final AtomicBoolean broken = new AtomicBoolean();

    /// What is heard, in the order in which it comes, by threads that must not wait.
    interface Listener {
        void changed(Document document);

        /// Everything may have changed.
        void flushed();

        /// Nothing more is heard. Told once.
        void broken();
    }

    private Tracking(RedisServers servers, RedisKeys keys, Listener listener) {
        this.servers = servers;
        this.keys = keys;
        this.listener = listener;
        this.masters = servers.masters(marks(0));
    }

    /// Begins to listen; whatever changes from when this returns is heard.
    ///
    /// @throws TrackingFailure if it cannot
    static Tracking open(RedisServers servers, RedisKeys keys, Listener listener)
            throws TrackingFailure, InterruptedException {
        Tracking tracking;
        await(servers.refresh());
        try {
            tracking = new Tracking(servers, keys, listener);
        } catch (RuntimeException e) {
            throw new TrackingFailure(e);
        }
        try {
            for (String master : Set.copyOf(tracking.masters.values())) {
                tracking.listenTo(master);
            }
            return tracking;
        } catch (TrackingFailure e) {
            tracking.fail();
            throw e;
        }
    }

    private void listenTo(String master) throws TrackingFailure, InterruptedException {
        StatefulRedisConnection<String, byte[]> connection = await(servers.connectTo(master));
        connections.put(master, connection);
        connection.addListener(
                new RedisConnectionStateListener() {
                    @Override
                    public void onRedisDisconnected(RedisChannelHandler<?, ?> handler) {
                        fail();
                    }
                });
        connection.addListener((PushMessage message) -> heard(message));
        await(
                connection
                        .async()
                        .clientTracking(
                                TrackingArgs.Builder.enabled().bcast().prefixes(keys.documents())));
        if (!connection.isOpen()) {
            throw new TrackingFailure(new IllegalStateException("closed at once"));
        }
    }

    private void heard(PushMessage message) {
        if (!message.getType().equals("invalidate")) {
            return;
        }
        List<Object> content = message.getContent(StringCodec.UTF8::decodeKey);
        if (content.size() > 1 && content.get(1) instanceof List<?> names) {
            for (Object name : names) {
                Document document = keys.parse(text(name));
                if (document != null) {
                    listener.changed(document);
                }
            }
        } else {
            listener.flushed();
        }
    }

    private static String text(Object name) {
        return switch (name) {
            case ByteBuffer bytes -> StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
            case byte[] bytes -> new String(bytes, StandardCharsets.UTF_8);
            default -> name.toString();
        };
    }

    /// What the marks of a generation say together, after all that they count has been heard.
    ///
    /// The marks are read from the servers that are listened to. What was changed before a mark was
    /// read has been pushed when an answer to a later PING comes.
    ///
    /// @return null if there is a bucket without a mark
    /// @throws TrackingFailure if not all is heard any more
    @Nullable Mark mark(int generation) throws TrackingFailure, InterruptedException {
        try {
            List<String> names = marks(generation);
            if (broken.get() || !servers.masters(marks(0)).equals(masters)) {
                throw new TrackingFailure(new IllegalStateException("there are other masters"));
            }
            @Nullable Mark all = null;
            Set<Integer> missing = new HashSet<>();
            for (int bucket = 0; bucket < names.size(); bucket++) {
                Mark mark = mark(connection(bucket), names.get(bucket));
                if (mark == null) {
                    missing.add(bucket);
                } else {
                    all =
                            all == null
                                    ? mark
                                    : new Mark(
                                            Math.max(all.base(), mark.base()),
                                            Math.min(all.upTo(), mark.upTo()));
                }
            }
            for (StatefulRedisConnection<String, byte[]> connection : connections.values()) {
                await(connection.async().ping());
            }
            return missing.isEmpty() && all != null && all.base() <= all.upTo() ? all : null;
        } catch (TrackingFailure e) {
            fail();
            throw e;
        } catch (RuntimeException e) {
            fail();
            throw new TrackingFailure(e);
        }
    }

    private StatefulRedisConnection<String, byte[]> connection(int bucket) throws TrackingFailure {
        StatefulRedisConnection<String, byte[]> connection =
                connections.get(masters.getOrDefault(bucket, ""));
        if (connection == null) {
            throw new TrackingFailure(new IllegalStateException("no master of bucket " + bucket));
        }
        return connection;
    }

    private static @Nullable Mark mark(
            StatefulRedisConnection<String, byte[]> connection, String name)
            throws TrackingFailure, InterruptedException {
        List<KeyValue<String, byte[]>> fields =
                await(connection.async().hmget(name, "base", "upto"));
        if (!fields.getFirst().hasValue() || !fields.getLast().hasValue()) {
            return null;
        }
        return new Mark(number(fields.getFirst()), number(fields.getLast()));
    }

    private static long number(KeyValue<String, byte[]> field) {
        return Long.parseLong(new String(field.getValue(), StandardCharsets.UTF_8));
    }

    private List<String> marks(int generation) {
        return IntStream.range(0, keys.buckets())
                .mapToObj(bucket -> keys.mark(generation, bucket))
                .toList();
    }

    /// Stops listening.
    void fail() {
        if (broken.compareAndSet(false, true)) {
            listener.broken();
            for (StatefulRedisConnection<String, byte[]> connection : connections.values()) {
                if (connection.isOpen()) {
                    var _ = connection.closeAsync();
                }
            }
        }
    }

    private static <T> T await(CompletionStage<T> reply)
            throws TrackingFailure, InterruptedException {
        try {
            return reply.toCompletableFuture().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new TrackingFailure(e);
        }
    }

    /// Not all changes are heard.
    static final class TrackingFailure extends Exception {
        private static final long serialVersionUID = 1L;

        TrackingFailure(Exception cause) {
            super(cause);
        }
    }
}
