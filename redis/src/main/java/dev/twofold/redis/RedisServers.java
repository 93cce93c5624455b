package dev.twofold.redis;

import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.ClientOptions.DisconnectedBehavior;
import io.lettuce.core.MaintNotificationsConfig;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.protocol.ProtocolVersion;
import io.lettuce.core.resource.ClientResources;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One Redis: a server, a master that Sentinels name, or a cluster. Safe for use by many threads.
final class RedisServers implements AutoCloseable {
    private static final RedisCodec<String, byte[]> CODEC =
            RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE);
    private static final String CLUSTER = "redis-cluster://";
    private static final Duration CONNECT = Duration.ofSeconds(1);
    private static final int MOST_WAITING = 10_000;
    private static final int BUCKETS = 16;

    private static final Duration CLOSE = Duration.ofSeconds(2);

    private final List<RedisURI> uris;
    private final ClientResources resources = ClientResources.create();
    private final RedisClient client;
    private final @Nullable RedisClusterClient cluster;

    RedisServers(String uri) {
        this.uris = parse(uri);
        this.client = RedisClient.create(resources);
        client.setOptions(options(ClientOptions.builder()).build());
        this.cluster = uri.startsWith(CLUSTER) ? RedisClusterClient.create(resources, uris) : null;
        if (cluster != null) {
            ClusterClientOptions.Builder builder = ClusterClientOptions.builder();
            options(builder);
            // its connections to nodes are its own to mend; a command waits for one until it times
            // out, and the whole is made anew when that happens again
            builder.autoReconnect(true).disconnectedBehavior(DisconnectedBehavior.ACCEPT_COMMANDS);
            cluster.setOptions(
                    builder.topologyRefreshOptions(
                                    ClusterTopologyRefreshOptions.builder()
                                            .enablePeriodicRefresh(Duration.ofSeconds(5))
                                            .build())
                            .build());
        }
    }

    /// @throws IllegalArgumentException if the URI is none of a Redis
    static List<RedisURI> parse(String uri) {
        try {
            if (!uri.startsWith(CLUSTER)) {
                return List.of(RedisURI.create(uri));
            }
            String rest = uri.substring(CLUSTER.length());
            int at = rest.lastIndexOf('@') + 1;
            List<RedisURI> nodes = new ArrayList<>();
            for (String host : rest.substring(at).split(",", -1)) {
                nodes.add(RedisURI.create("redis://" + rest.substring(0, at) + host));
            }
            return nodes;
        } catch (RuntimeException e) {
            throw new IllegalArgumentException(
                    "a Redis is redis://host:port, rediss://host:port,"
                            + " redis-sentinel://host:port#master"
                            + " or redis-cluster://host:port,host:port, but not \"%s\": %s"
                                    .formatted(
                                            withoutPassword(uri),
                                            uri.contains("@")
                                                    ? "what is special in a password is escaped,"
                                                            + " @ as %40 and / as %2F"
                                                    : e.getMessage()));
        }
    }

    /// As much of a URI as anybody may see.
    static String withoutPassword(String uri) {
        return uri.replaceFirst("(?s)//.*@", "//…@");
    }

    private static <B extends ClientOptions.Builder> B options(B builder) {
        builder.autoReconnect(false)
                .disconnectedBehavior(DisconnectedBehavior.REJECT_COMMANDS)
                .maintNotificationsConfig(MaintNotificationsConfig.disabled())
                .protocolVersion(ProtocolVersion.RESP3)
                .requestQueueSize(MOST_WAITING)
                .socketOptions(
                        SocketOptions.builder().connectTimeout(CONNECT).keepAlive(true).build());
        return builder;
    }

    /// How many buckets documents are in.
    int buckets() {
        return cluster == null ? 1 : BUCKETS;
    }

    /// A connection that is not made again when it breaks.
    record Connected(
            StatefulConnection<String, byte[]> connection,
            RedisClusterAsyncCommands<String, byte[]> commands) {}

    /// A connection for commands to any key.
    CompletableFuture<Connected> connect() {
        if (cluster == null) {
            return connect(uris.getFirst()).thenApply(c -> new Connected(c, c.async()));
        }
        return refresh()
                .thenCompose(_ -> cluster.connectAsync(CODEC))
                .thenApply(c -> new Connected(c, c.async()))
                .toCompletableFuture();
    }

    /// Asks a cluster which nodes it has and which keys they have.
    CompletionStage<?> refresh() {
        return cluster == null
                ? CompletableFuture.completedFuture(null)
                : cluster.refreshPartitionsAsync();
    }

    /// The master of each bucket, by a name that stays the same while it is one.
    Map<Integer, String> masters(List<String> keyOfEachBucket) {
        Map<Integer, String> masters = new HashMap<>();
        for (int bucket = 0; bucket < keyOfEachBucket.size(); bucket++) {
            masters.put(bucket, master(keyOfEachBucket.get(bucket)));
        }
        return masters;
    }

    private String master(String key) {
        if (cluster == null) {
            return "";
        }
        RedisClusterNode node = cluster.getPartitions().getPartitionBySlot(SlotHash.getSlot(key));
        if (node == null) {
            throw new IllegalStateException("the cluster has no node for " + key);
        }
        return node.getUri().getHost() + ":" + node.getUri().getPort();
    }

    /// A connection of its own to one master.
    CompletableFuture<StatefulRedisConnection<String, byte[]>> connectTo(String master) {
        if (cluster == null) {
            return connect(uris.getFirst());
        }
        for (RedisClusterNode node : cluster.getPartitions()) {
            if (master.equals(node.getUri().getHost() + ":" + node.getUri().getPort())) {
                return connect(node.getUri());
            }
        }
        return CompletableFuture.failedFuture(
                new IllegalStateException("the cluster has no node " + master));
    }

    private CompletableFuture<StatefulRedisConnection<String, byte[]>> connect(RedisURI uri) {
        return client.connectAsync(CODEC, uri).toCompletableFuture();
    }

    /// Ends the connections, and whatever still tries to make one. Takes a few seconds at most,
    /// although a client that has lost a server may never say that it is done.
    @Override
    public void close() {
        CompletableFuture<?> ended = end(client);
        if (cluster != null) {
            ended = CompletableFuture.allOf(ended, end(cluster));
        }
        ended.completeOnTimeout(null, CLOSE.toMillis(), TimeUnit.MILLISECONDS)
                .exceptionally(_ -> null)
                .join();
        resources
                .shutdown(0, CLOSE.toMillis(), TimeUnit.MILLISECONDS)
                .awaitUninterruptibly(CLOSE.toMillis());
    }

    private static CompletableFuture<?> end(AbstractRedisClient client) {
        return client.shutdownAsync(0, CLOSE.toMillis(), TimeUnit.MILLISECONDS);
    }
}
