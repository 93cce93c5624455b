package dev.twofold.redis;

import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/// A document as it is kept near.
///
/// @param reflects the position up to which it was proven when it was put here
/// @param bound whether it reflects no more than that, whatever is heard of later changes
/// @param cost of loading it, in nanoseconds
/// @param expiresAt by the clock of the cache
record Entry(
        long position,
        long reflects,
        boolean bound,
        @Nullable Payload document,
        long cost,
        long expiresAt) {
    private static final int OVERHEAD = 160;

    int weight(String key) {
        return OVERHEAD + 2 * key.length() + (document == null ? 0 : document.weight());
    }

    /// Whether to load it anew though it has not expired: the more likely, the nearer its end is
    /// and the longer loading takes, so that of many readers about one does, and early enough.
    ///
    /// XFetch with β = 1 (Vattani, Chierichetti, Lowenstein: Optimal Probabilistic Cache Stampede
    /// Prevention, VLDB 2015).
    boolean isDue(long now) {
        long left = expiresAt - now;
        // beyond fifty times the cost it is less likely than 1 in 10^21
        return left < 50 * cost
                && left <= -cost * Math.log(1 - ThreadLocalRandom.current().nextDouble());
    }
}
