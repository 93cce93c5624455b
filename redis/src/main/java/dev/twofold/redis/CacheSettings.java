package dev.twofold.redis;

import java.time.Duration;

/// How much a cache keeps, and for how long.
///
/// @param bytes of memory for documents kept near, with what goes with them; 0 to keep none
/// @param life of a document, near as far; documents in use are loaded anew before it ends
/// @param check how often the source is asked where it stands: a document that the source has
///   changed is answered for at most twice as long to those who ask for nothing newer
/// @param withoutSource how long documents are answered while the source cannot be asked
public record CacheSettings(long bytes, Duration life, Duration check, Duration withoutSource) {

    public CacheSettings {
        if (bytes < 0) {
            throw new IllegalArgumentException("a cache has 0 bytes or more, but not " + bytes);
        }
        positive("life", life);
        positive("check", check);
        positive("withoutSource", withoutSource);
    }

    /// 64 MB, 10 minutes, half a second, a minute.
    public static CacheSettings defaults() {
        return new CacheSettings(
                64L << 20, Duration.ofMinutes(10), Duration.ofMillis(500), Duration.ofMinutes(1));
    }

    public CacheSettings withBytes(long newBytes) {
        return new CacheSettings(newBytes, life, check, withoutSource);
    }

    public CacheSettings withCheck(Duration newCheck) {
        return new CacheSettings(bytes, life, newCheck, withoutSource);
    }

    static void positive(String name, Duration duration) {
        if (!duration.isPositive()) {
            throw new IllegalArgumentException(
                    "%s is a positive duration, but was %s".formatted(name, duration));
        }
    }
}
