package dev.twofold.redis;

import dev.twofold.redis.RedisServers.Connected;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// The connection for commands, made in the background and again when it has broken.
///
/// Safe for use by many threads, none of which ever waits for a connection.
final class RedisLink implements AutoCloseable {
    private final RedisServers servers;
    private final long pause;
    private @Nullable Connected connected;
    private @Nullable CompletableFuture<Connected> connecting;
    private long triedAt;
    private boolean closed;

    RedisLink(RedisServers servers, Duration pause) {
        this.servers = servers;
        this.pause = pause.toNanos();
        this.triedAt = System.nanoTime() - this.pause;
    }

    /// Null while there is no connection.
    synchronized @Nullable RedisClusterAsyncCommands<String, byte[]> commands() {
        if (connected != null) {
            if (connected.connection().isOpen()) {
                return connected.commands();
            }
            reset();
        }
        if (connecting == null && !closed && System.nanoTime() - triedAt >= pause) {
            triedAt = System.nanoTime();
            CompletableFuture<Connected> attempt = servers.connect();
            connecting = attempt; // before it arrives, which may be at once
            var _ = attempt.whenComplete((result, _) -> arrived(result));
        }
        return connected == null ? null : connected.commands();
    }

    private synchronized void arrived(@Nullable Connected result) {
        connecting = null; // there is one at a time
        if (result == null) {
            return;
        }
        if (closed || connected != null) {
            var _ = result.connection().closeAsync();
        } else {
            connected = result;
        }
    }

    /// The future that is being waited for, or one that is done.
    synchronized CompletableFuture<?> settled() {
        commands();
        return connecting == null ? CompletableFuture.completedFuture(null) : connecting;
    }

    /// Gives the connection up: it may be one that nothing comes through any more.
    synchronized void reset() {
        if (connected != null) {
            if (connected.connection().isOpen()) {
                var _ = connected.connection().closeAsync();
            }
            connected = null;
            triedAt = System.nanoTime() - pause;
        }
    }

    @Override
    public synchronized void close() {
        closed = true; // and the connection with its client
        connected = null;
    }
}
