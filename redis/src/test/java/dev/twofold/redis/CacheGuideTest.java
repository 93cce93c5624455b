package dev.twofold.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/// The code of docs/cache.md: a service that has nothing of Twofold but this module.
class CacheGuideTest {

    // quote: source
    /// Prices that count their changes.
    static final class Prices implements Source {
        private final Map<String, Integer> cents = new ConcurrentHashMap<>();
        private final AtomicLong changes = new AtomicLong();

        long set(String key, int price) {
            cents.put(key, price);
            return changes.incrementAndGet();
        }

        @Override
        public Answer find(String key, long notOlderThan) {
            long reflects = changes.get(); // first: what is read next is no older
            Integer price = cents.get(key);
            return new Answer(1, reflects, reflects, price == null ? null : document(price));
        }

        @Override
        public Standing standing() {
            return new Standing(1, changes.get());
        }

        private static Payload document(int price) {
            String json = "{\"cents\":%d}".formatted(price);
            return Payload.of(json.getBytes(StandardCharsets.UTF_8));
        }
    }

    // end quote

    @Test
    void a_service_reads_its_own_writes() {
        try (RedisProcess redis = RedisProcess.server()) {
            String uri = redis.uri();
            // quote: use
            Prices prices = new Prices();
            try (DocumentCache cache =
                    DocumentCache.withRedis(
                            prices, CacheSettings.defaults(), RedisSettings.of(uri, "prices"))) {
                long position = prices.set("apple", 120);
                cache.changed(new Changes(1, position - 1, position, Set.of("apple"), true));

                Answer answer = cache.get("apple", position);

                assertThat(History.text(answer)).isEqualTo("{\"cents\":120}");
                assertThat(answer).extracting(Answer::reflects).isEqualTo(position);
            }
            // end quote
        }
    }
}
