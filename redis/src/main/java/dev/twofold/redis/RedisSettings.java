package dev.twofold.redis;

import java.time.Duration;
import java.util.regex.Pattern;

/// Which Redis to use, and how.
///
/// Nodes that share documents have the same URI and namespace; what else is in that Redis begins
/// with other names. Redis 6.2 or later.
///
/// @param uri `redis://[user:password@]host:port[/database]`, `rediss://…` with TLS,
///   `redis-sentinel://host:port,host:port#master` or `redis-cluster://host:port,host:port`
/// @param namespace letters, digits, `.`, `_` and `-`; what the keys begin with
/// @param timeout how long a query waits for Redis, at most
/// @param failures in a row after which Redis is left alone
/// @param pause for how long; then one call tries it
/// @param lease how long one node may take to load a document before another one may
/// @param patience how long others wait for that before they load it themselves
public record RedisSettings(
        String uri,
        String namespace,
        Duration timeout,
        int failures,
        Duration pause,
        Duration lease,
        Duration patience) {
    private static final Pattern NAMESPACE = Pattern.compile("[0-9A-Za-z._-]{1,100}");

    public RedisSettings {
        RedisServers.parse(uri);
        if (!NAMESPACE.matcher(namespace).matches()) {
            throw new IllegalArgumentException(
                    "a namespace has 1 to 100 letters, digits, dots, underscores and hyphens, but was \"%s\""
                            .formatted(namespace));
        }
        if (failures < 1) {
            throw new IllegalArgumentException(
                    "Redis is left alone after 1 failure or more, but not after " + failures);
        }
        CacheSettings.positive("timeout", timeout);
        CacheSettings.positive("pause", pause);
        CacheSettings.positive("lease", lease);
        CacheSettings.positive("patience", patience);
    }

    /// 50 ms, 3 failures, a second's pause, leases of 5 seconds, patience of 100 ms.
    public static RedisSettings of(String uri, String namespace) {
        return new RedisSettings(
                uri,
                namespace,
                Duration.ofMillis(50),
                3,
                Duration.ofSeconds(1),
                Duration.ofSeconds(5),
                Duration.ofMillis(100));
    }

    public RedisSettings withTimeout(Duration newTimeout) {
        return new RedisSettings(uri, namespace, newTimeout, failures, pause, lease, patience);
    }

    public RedisSettings withPause(Duration newPause) {
        return new RedisSettings(uri, namespace, timeout, failures, newPause, lease, patience);
    }

    public RedisSettings withLease(Duration newLease, Duration newPatience) {
        return new RedisSettings(uri, namespace, timeout, failures, pause, newLease, newPatience);
    }

    /// The settings without the password.
    @Override
    public String toString() {
        return "RedisSettings[%s, %s]".formatted(RedisServers.withoutPassword(uri), namespace);
    }
}
