package dev.twofold.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class NearCacheTest {
    private static final CacheSettings BY_HAND =
            CacheSettings.defaults().withCheck(Duration.ofDays(1));

    private final History history = new History();

    private DocumentCache cache(CacheSettings settings) {
        DocumentCache cache = new DocumentCache(history, settings, null);
        cache.check();
        return cache;
    }

    @Test
    void answers_from_memory_what_changes_have_not_touched() {
        history.change("a", "one");
        history.change("b", "one");
        try (DocumentCache cache = cache(BY_HAND)) {
            cache.changed(history.untold());
            assertThat(cache.get("a")).isEqualTo(history.at("a", 2));
            history.change("b", "two");
            cache.changed(history.untold());

            long finds = history.finds();
            assertThat(cache.get("a", 3)).isEqualTo(history.at("a", 3));
            assertThat(history.finds()).isEqualTo(finds);
            assertThat(cache.get("b", 3)).isEqualTo(history.at("b", 3));
            assertThat(cache.status().near()).isEqualTo(1);
        }
    }

    @Test
    void a_look_at_what_is_kept_asks_nobody() {
        history.change("a", "one");
        try (DocumentCache cache = cache(BY_HAND)) {
            cache.changed(history.untold());
            assertThat(cache.peek("a", 0)).isNull();
            assertThat(history.finds()).isZero();

            cache.get("a");
            long finds = history.finds();
            assertThat(cache.peek("a", 1)).isEqualTo(history.at("a", 1));
            assertThat(cache.peek("a", 2)).as("newer than what is kept").isNull();
            history.change("a", "two");
            cache.changed(history.untold());
            assertThat(cache.peek("a", 0)).as("changed since").isNull();
            assertThat(history.finds()).isEqualTo(finds);
        }
    }

    @Test
    void keeps_nothing_in_no_bytes() {
        history.change("a", "one");
        try (DocumentCache cache = cache(BY_HAND.withBytes(0))) {
            cache.changed(history.untold());
            for (int asked = 1; asked <= 100; asked++) {
                assertThat(cache.get("a")).isEqualTo(history.at("a", 1));
                assertThat(history.finds()).isEqualTo(asked);
            }
        }
    }

    @Test
    void does_not_believe_what_is_kept_across_a_gap() {
        history.change("a", "one");
        try (DocumentCache cache = cache(BY_HAND)) {
            cache.changed(history.untold());
            assertThat(cache.get("a", 1)).isEqualTo(history.at("a", 1));
            history.change("a", "two");
            history.untold(); // taken in by nobody
            history.change("b", "one");
            cache.changed(history.untold());

            assertThat(cache.get("a", 3)).isEqualTo(history.at("a", 3));
        }
    }

    @Test
    void answers_no_older_than_the_source_stood_two_checks_ago() {
        history.change("a", "one");
        try (DocumentCache cache = cache(BY_HAND)) {
            assertThat(cache.get("a")).isEqualTo(history.at("a", 1));
            history.change("a", "two"); // which the cache is never told
            assertThat(cache.get("a")).isEqualTo(history.at("a", 1));
            cache.check();
            cache.check();
            assertThat(cache.get("a")).isEqualTo(history.at("a", 2));
        }
    }

    @Test
    void knows_what_is_not_there() {
        history.change("a", "one");
        try (DocumentCache cache = cache(BY_HAND)) {
            cache.changed(history.untold());
            assertThat(cache.get("b")).isEqualTo(history.at("b", 1));
            assertThat(cache.get("b")).isEqualTo(history.at("b", 1));
            assertThat(history.finds()).isEqualTo(1);

            history.change("b", "one");
            cache.changed(history.untold());
            assertThat(cache.get("b", 2)).isEqualTo(history.at("b", 2));
            history.change("b", null);
            cache.changed(history.untold());
            assertThat(cache.get("b", 3)).isEqualTo(history.at("b", 3));
        }
    }

    @Test
    void says_so_if_the_source_has_not_come_as_far() {
        history.change("a", "one");
        try (DocumentCache cache = cache(BY_HAND)) {
            assertThat(cache.get("a", 2)).isNull();
            assertThat(cache.get("a", 1)).isEqualTo(history.at("a", 1));
        }
    }

    @Test
    void does_not_keep_what_a_replica_answers_from_before_a_change() {
        History lagging = new History(length -> length == 2 ? 1 : 0);
        lagging.change("a", "one");
        try (DocumentCache cache = new DocumentCache(lagging, BY_HAND, null)) {
            cache.check();
            cache.changed(lagging.untold());
            lagging.change("a", "two");
            cache.changed(lagging.untold());
            assertThat(cache.get("a")).isEqualTo(lagging.at("a", 1)); // as old as it says
            lagging.change("b", "one");
            cache.changed(lagging.untold());

            assertThat(cache.get("a", 3)).isEqualTo(lagging.at("a", 3));
        }
    }

    @Test
    void keeps_no_more_than_fits() {
        int most = 100_000;
        String text = "x".repeat(2_000) + new Random(1).nextLong();
        try (DocumentCache cache = cache(BY_HAND.withBytes(most))) {
            for (int i = 0; i < 500; i++) {
                history.change("key" + i, text);
            }
            cache.check();
            for (int i = 0; i < 500; i++) {
                assertThat(cache.get("key" + i)).isNotNull();
            }
            Wait.until("the rest is evicted", () -> cache.status().bytes() <= most);
            assertThat(cache.status().documents()).isGreaterThan(10);
        }
    }

    @Test
    void answers_from_the_generation_that_serves() {
        history.change("a", "one");
        try (DocumentCache cache = cache(BY_HAND)) {
            cache.changed(history.untold());
            assertThat(History.text(cache.get("a"))).isEqualTo("g1 one");
            history.serve(2);
            cache.check();
            assertThat(History.text(cache.get("a"))).isEqualTo("g2 one");
            assertThat(cache.status().generation()).isEqualTo(2);
            history.serve(1); // rolled back
            cache.check();
            assertThat(History.text(cache.get("a"))).isEqualTo("g1 one");
        }
    }

    @Test
    void turns_to_another_generation_with_the_first_document_of_it() {
        history.change("a", "one");
        history.change("b", "one");
        try (DocumentCache cache = cache(BY_HAND)) {
            cache.changed(history.untold());
            cache.get("a");
            history.serve(2);
            assertThat(History.text(cache.get("b"))).isEqualTo("g2 one");
            assertThat(History.text(cache.get("a"))).isEqualTo("g2 one");
        }
    }

    @Test
    void asks_the_source_itself_once_that_has_not_told_where_it_stands_for_long() {
        history.change("a", "one");
        CacheSettings brief =
                new CacheSettings(
                        1 << 20, Duration.ofDays(1), Duration.ofDays(1), Duration.ofNanos(1));
        try (DocumentCache cache = cache(brief)) {
            cache.get("a");
            cache.get("a");
            assertThat(history.finds()).isEqualTo(2);
        }
    }

    @Test
    void loads_a_document_anew_before_it_expires() {
        long cost = 1_000_000;
        Entry entry = new Entry(1, 1, false, null, cost, 1_000 * cost);
        assertThat(due(entry, 900 * cost)).isZero();
        // e^-1 and e^-3 of the readers, one and three times the cost before the end
        assertThat(due(entry, 999 * cost)).isBetween(3_300, 4_100);
        assertThat(due(entry, 997 * cost)).isBetween(350, 650);
        assertThat(due(entry, 1_000 * cost)).isEqualTo(10_000);
    }

    private static int due(Entry entry, long now) {
        int due = 0;
        for (int i = 0; i < 10_000; i++) {
            due += entry.isDue(now) ? 1 : 0;
        }
        return due;
    }

    @Test
    void compresses_what_is_worth_it() {
        byte[] text = "{\"name\":\"value\"}".repeat(100).getBytes(StandardCharsets.UTF_8);
        Payload payload = Payload.of(text);
        assertThat(payload.gzipLength()).isPositive().isLessThan(text.length / 10);
        assertThat(Payload.ofStored(payload.stored())).isEqualTo(payload);
        Payload small = Payload.of("tag", new byte[] {1, 2, 3});
        assertThat(small.gzipLength()).isZero();
        assertThat(Payload.ofStored(small.stored())).isEqualTo(small);
        assertThat(Payload.ofStored(small.stored()).tag()).isEqualTo("tag");
        assertThatThrownBy(() -> Payload.ofStored(new byte[] {1, 0}))
                .hasMessageContaining("cut off");
    }

    @Test
    void refuses_changes_that_go_back() {
        assertThatThrownBy(() -> new Changes(1, 3, 2, Set.of(), true))
                .hasMessageContaining("from 3 to 2");
    }
}
