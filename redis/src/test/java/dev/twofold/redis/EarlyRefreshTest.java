package dev.twofold.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A document that is asked for shortly before its life ends is loaded anew, beside those who ask.
///
/// Time stands still but for what a test has pass. The first load takes a second of it, so a
/// nanosecond before the end of the document's life a reader finds it not due once in a billion
/// times.
class EarlyRefreshTest {
    private static final Duration LIFE = Duration.ofMinutes(10);
    private static final CacheSettings SETTINGS =
            new CacheSettings(1 << 20, LIFE, Duration.ofDays(1), Duration.ofDays(1));

    private final AtomicLong time = new AtomicLong();
    private final History history = new History();
    private final AtomicInteger begun = new AtomicInteger();
    private volatile CountDownLatch open = new CountDownLatch(0);
    private volatile boolean failing;
    private final DocumentCache cache =
            new DocumentCache(new SlowSource(), SETTINGS, null, time::get);

    private final class SlowSource implements Source {

        @Override
        public @Nullable Answer find(String key, long notOlderThan) {
            if (begun.incrementAndGet() == 1) {
                time.addAndGet(Duration.ofSeconds(1).toNanos());
            }
            await(open);
            if (failing) {
                throw new IllegalStateException("the source is out of reach");
            }
            return history.find(key, notOlderThan);
        }

        @Override
        public Standing standing() {
            return history.standing();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    @BeforeEach
    void keep_a_document_until_a_moment_before_its_end() {
        history.change("a", "one");
        cache.check();
        assertThat(History.text(cache.get("a"))).isEqualTo("g1 one");
        assertThat(cache.get("a")).isNotNull();
        assertThat(begun).hasValue(1);
        time.addAndGet(LIFE.toNanos() - 1);
        history.change("a", "two"); // which nobody tells the cache
    }

    @AfterEach
    void close() {
        open.countDown();
        cache.close();
    }

    @Test
    void one_of_many_readers_has_it_loaded_and_none_waits_for_it() {
        open = new CountDownLatch(1);
        for (int i = 0; i < 1_000; i++) {
            assertThat(History.text(cache.get("a"))).isEqualTo("g1 one");
        }
        Wait.until("someone loads it", () -> begun.get() > 1);
        assertThat(History.text(cache.get("a"))).isEqualTo("g1 one");
        assertThat(begun).hasValue(2);

        open.countDown();
        Wait.until("the new one is kept", () -> History.text(cache.get("a")).equals("g1 two"));
        time.addAndGet(LIFE.toNanos() / 2); // after the end of the first
        assertThat(History.text(cache.get("a"))).isEqualTo("g1 two");
        assertThat(begun).hasValue(2);
    }

    @Test
    void a_load_that_fails_leaves_the_old_one_until_its_end() {
        failing = true;
        assertThat(History.text(cache.get("a"))).isEqualTo("g1 one");
        Wait.until("someone tries", () -> begun.get() > 1);
        assertThat(History.text(cache.get("a"))).isEqualTo("g1 one");

        time.addAndGet(1);
        assertThatThrownBy(() -> cache.get("a")).hasMessageContaining("out of reach");
        failing = false;
        assertThat(History.text(cache.get("a"))).isEqualTo("g1 two");
    }
}
