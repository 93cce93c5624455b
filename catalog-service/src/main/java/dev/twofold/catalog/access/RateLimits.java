package dev.twofold.catalog.access;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.twofold.catalog.http.Exposure;
import dev.twofold.catalog.http.Problem;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;

/// How often each caller may ask and change, on this node: a bucket for each, which refills
/// steadily over a minute.
///
/// Told to callers in the `RateLimit` and `RateLimit-Policy` headers of the IETF's draft. Remembers
/// 100,000 callers, and each for two minutes. Safe for use by many threads.
final class RateLimits {
    private static final Duration WINDOW = Duration.ofMinutes(1);
    private static final int MAX_CALLERS = 100_000;
    private static final int READS = 6_000;
    private static final int WRITES = 600;

    private final Limit reads;
    private final Limit writes;

    RateLimits(Exposure exposure, AccessSettings settings) {
        this.reads = limit("reads", settings.reads(), exposure.beyondLoopback() ? READS : 0);
        this.writes = limit("writes", settings.writes(), exposure.beyondLoopback() ? WRITES : 0);
    }

    private static Limit limit(String policy, @Nullable Integer set, int otherwise) {
        int quota = set == null ? otherwise : set;
        return new Limit(
                policy,
                quota,
                "\"%s\";q=%d;w=%d".formatted(policy, quota, WINDOW.toSeconds()),
                Caffeine.newBuilder()
                        .maximumSize(MAX_CALLERS)
                        .expireAfterAccess(WINDOW.multipliedBy(2))
                        .executor(Runnable::run)
                        .build());
    }

    /// Whether reads are held to a rate at all.
    boolean holdReads() {
        return reads.quota > 0;
    }

    /// Takes what a request costs from its caller's bucket.
    ///
    /// @param tell gets the headers, name and value, that tell the caller of it
    /// @return what to answer if there is not enough in it
    Optional<Problem> take(
            String caller, boolean write, long cost, BiConsumer<String, String> tell) {
        return (write ? writes : reads).take(caller, cost, tell);
    }

    /// Whether the caller's bucket is empty.
    ///
    /// @param tell gets the headers, name and value, that tell the caller of it
    /// @return what to answer if it is
    Optional<Problem> check(String caller, boolean write, BiConsumer<String, String> tell) {
        return (write ? writes : reads).take(caller, 0, tell);
    }

    /// Takes one from the caller's bucket for what has been done already.
    void charge(String caller, boolean write) {
        Limit limit = write ? writes : reads;
        if (limit.quota > 0) {
            limit.buckets.get(caller, _ -> limit.bucket()).tryConsume(1);
        }
    }

    /// @param quota requests a window; 0 for no limit
    /// @param told what callers are told of it
    private record Limit(String policy, int quota, String told, Cache<String, Bucket> buckets) {

        Optional<Problem> take(String caller, long cost, BiConsumer<String, String> tell) {
            if (quota == 0) {
                return Optional.empty();
            }
            Bucket bucket = buckets.get(caller, _ -> bucket());
            ConsumptionProbe probe =
                    cost == 0
                            ? peek(bucket)
                            : bucket.tryConsumeAndReturnRemaining(Math.min(cost, quota));
            Duration full = Duration.ofNanos(probe.getNanosToWaitForReset());
            tell.accept("RateLimit-Policy", told);
            tell.accept(
                    "RateLimit",
                    '"' + policy + "\";r=" + probe.getRemainingTokens() + ";t=" + seconds(full));
            if (probe.isConsumed()) {
                return Optional.empty();
            }
            Duration wait = Duration.ofNanos(probe.getNanosToWaitForRefill());
            return Optional.of(
                    Problem.of(
                                    HttpStatus.TOO_MANY_REQUESTS,
                                    "rate-limited",
                                    "%d %s a minute are possible, and what this one costs is not left; try again in %d s"
                                            .formatted(quota, policy, seconds(wait)))
                            .with("policy", policy)
                            .with("quota", quota)
                            .retryAfter(wait));
        }

        private static ConsumptionProbe peek(Bucket bucket) {
            var estimate = bucket.estimateAbilityToConsume(1);
            return estimate.canBeConsumed()
                    ? ConsumptionProbe.consumed(estimate.getRemainingTokens(), 0)
                    : ConsumptionProbe.rejected(
                            estimate.getRemainingTokens(),
                            estimate.getNanosToWaitForRefill(),
                            estimate.getNanosToWaitForRefill());
        }

        private Bucket bucket() {
            return Bucket.builder()
                    .addLimit(limit -> limit.capacity(quota).refillGreedy(quota, WINDOW))
                    .build();
        }

        private static long seconds(Duration time) {
            return Math.max(1, time.plusMillis(999).toSeconds());
        }
    }
}
