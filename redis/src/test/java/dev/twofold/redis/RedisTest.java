package dev.twofold.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.redis.DocumentCache.Shared;
import dev.twofold.redis.RedisCache.Scripts;
import dev.twofold.testkit.TestNetwork;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RedisTest {
    private static final AtomicInteger NAMESPACES = new AtomicInteger();
    private static final CacheSettings BY_HAND =
            CacheSettings.defaults().withCheck(Duration.ofDays(1));

    private static RedisProcess redis;

    private final History history = new History();
    private final String namespace = "test" + NAMESPACES.incrementAndGet();
    private final List<AutoCloseable> open = new ArrayList<>();

    @BeforeAll
    static void start() {
        redis = RedisProcess.server();
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : open.reversed()) {
            each.close();
        }
        redis.say("CONFIG SET maxmemory 0");
    }

    private RedisSettings settings(String uri) {
        return RedisSettings.of(uri, namespace)
                .withTimeout(Duration.ofSeconds(2))
                .withPause(Duration.ofMillis(20));
    }

    private DocumentCache node(String uri) {
        return node(history, settings(uri));
    }

    private DocumentCache node(Source source, RedisSettings settings) {
        Shared shared = Shared.connect(settings, BY_HAND, Scripts.load());
        DocumentCache cache = new DocumentCache(source, BY_HAND, shared);
        open.add(cache);
        cache.check();
        Wait.until("Redis is there", () -> shared.link().commands() != null);
        cache.listen();
        assertThat(cache.status().tracking()).isTrue();
        return cache;
    }

    /// Tells a node what has changed, and waits until Redis has it too.
    private void tell(DocumentCache node) {
        Changes changes = history.untold();
        node.changed(changes);
        Wait.until(
                "Redis has taken the changes in",
                () -> mark(changes.generation()).contains("upto\r\n$" + digits(changes.to())));
    }

    private static String digits(long number) {
        String text = Long.toString(number);
        return text.length() + "\r\n" + text + "\r\n";
    }

    private String mark(int generation) {
        return redis.say("HGETALL %s:m:{0}:%d".formatted(namespace, generation));
    }

    private String stored(String key) {
        return redis.say("HGETALL %s:d:{0}:1:%s".formatted(namespace, key));
    }

    /// @param keeping nodes that are to keep the document near, and so have to have heard before
    ///   that it was stored
    private void awaitStored(String key, DocumentCache... keeping) {
        Wait.until("Redis has " + key, () -> stored(key).contains("data"));
        List.of(keeping).forEach(DocumentCache::listen);
    }

    @Test
    void one_node_answers_with_what_another_has_loaded() {
        history.change("a", "one");
        DocumentCache first = node(redis.uri());
        DocumentCache second = node(redis.uri());
        tell(first);
        assertThat(first.get("a", 1)).isEqualTo(history.at("a", 1));
        awaitStored("a", second);

        assertThat(second.get("a", 1)).isEqualTo(history.at("a", 1));
        assertThat(history.finds()).isEqualTo(1);
        assertThat(second.status().far()).isEqualTo(1);
        assertThat(second.get("a", 1)).isEqualTo(history.at("a", 1));
        assertThat(second.status().near()).isEqualTo(1);
    }

    @Test
    void a_node_hears_of_changes_that_another_tells() {
        history.change("a", "one");
        history.change("b", "one");
        DocumentCache first = node(redis.uri());
        DocumentCache second = node(redis.uri());
        tell(first);
        first.get("a", 2);
        awaitStored("a");
        second.get("a", 2);
        history.change("a", "two");
        tell(first);

        Wait.until("the second node hears of it", () -> history.at("a", 3).equals(second.get("a")));
    }

    @Test
    void what_has_not_changed_is_proven_by_what_redis_has_counted() {
        history.change("a", "one");
        DocumentCache first = node(redis.uri());
        DocumentCache second = node(redis.uri());
        tell(first);
        first.get("a", 1);
        awaitStored("a", second);
        second.get("a", 1);
        for (int i = 0; i < 10; i++) {
            history.change("b", "number " + i);
            tell(first);
        }
        second.listen();

        long far = second.status().far();
        assertThat(second.get("a", 11)).isEqualTo(history.at("a", 11));
        assertThat(second.status().far()).isEqualTo(far);
        assertThat(history.finds()).isEqualTo(1);
    }

    @Test
    void keeps_what_is_not_there_and_buries_what_is_gone() {
        history.change("a", "one");
        DocumentCache first = node(redis.uri());
        DocumentCache second = node(redis.uri());
        tell(first);
        assertThat(first.get("b", 1)).isEqualTo(history.at("b", 1));
        awaitStored("b");
        assertThat(second.get("b", 1)).isEqualTo(history.at("b", 1));
        assertThat(history.finds()).isEqualTo(1);
        history.change("a", null);
        tell(first);
        assertThat(stored("a")).contains("reflects").doesNotContain("data");
        assertThat(second.get("a", 2)).isEqualTo(history.at("a", 2));
    }

    @Test
    void an_older_document_does_not_take_the_place_of_a_newer_one() {
        history.change("a", "one");
        FarCache far = far();
        assertThat(far.read(1, "a", 1, "slow")).isInstanceOf(FarCache.Reading.Leased.class);
        history.change("a", "two");
        far.change(history.untold());
        Wait.until("a is buried", () -> stored("a").contains("reflects"));
        assertThat(far.read(1, "a", 1, "quick")).isInstanceOf(FarCache.Reading.Leased.class);
        far.store("quick", "a", history.at("a", 2), 1);
        awaitStored("a");
        far.store("slow", "a", history.at("a", 1), 1);
        far.store("none", "a", history.at("a", 1), 1);
        assertThat(far.read(1, "a", 2, ""))
                .isInstanceOfSatisfying(
                        FarCache.Reading.Found.class,
                        found -> assertThat(found.reflects()).isEqualTo(2));
        assertThat(far.read(1, "a", 3, "later")).isInstanceOf(FarCache.Reading.Leased.class);
        far.store("later", "a", history.at("a", 1), 1); // by a source that lags
        assertThat(far.read(1, "a", 3, "")).isInstanceOf(FarCache.Reading.Missing.class);
        assertThat(far.read(1, "a", 2, "")).isInstanceOf(FarCache.Reading.Found.class);
    }

    private FarCache far() {
        RedisSettings settings = settings(redis.uri());
        Shared shared = Shared.connect(settings, BY_HAND, Scripts.load());
        open.add(shared);
        Wait.until("Redis is there", () -> shared.link().commands() != null);
        return shared.far();
    }

    @Test
    void one_node_loads_and_the_others_wait_for_it() throws Exception {
        history.change("hot", "one");
        CountDownLatch loading = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        Source slow =
                new Source() {
                    @Override
                    public @Nullable Answer find(String key, long notOlderThan) {
                        Answer answer = history.find(key, notOlderThan);
                        loading.countDown();
                        await(go);
                        return answer;
                    }

                    @Override
                    public Standing standing() {
                        return history.standing();
                    }
                };
        RedisSettings patient =
                settings(redis.uri()).withLease(Duration.ofSeconds(20), Duration.ofSeconds(20));
        DocumentCache first = node(slow, patient);
        DocumentCache second = node(slow, patient);
        try (ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<@Nullable Answer> one = readers.submit(() -> first.get("hot"));
            await(loading);
            List<Future<@Nullable Answer>> others = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                DocumentCache node = i % 2 == 0 ? first : second;
                others.add(readers.submit(() -> node.get("hot")));
            }
            go.countDown();
            assertThat(one.get()).isEqualTo(history.at("hot", 1));
            for (Future<@Nullable Answer> other : others) {
                assertThat(other.get()).isEqualTo(history.at("hot", 1));
            }
        }
        assertThat(history.finds()).isEqualTo(1);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    @Test
    void a_lease_that_is_not_used_ends() {
        history.change("a", "one");
        RedisSettings brief =
                settings(redis.uri()).withLease(Duration.ofMillis(50), Duration.ofSeconds(20));
        Shared shared = Shared.connect(brief, BY_HAND, Scripts.load());
        open.add(shared);
        Wait.until("Redis is there", () -> shared.link().commands() != null);
        assertThat(shared.far().read(1, "a", 1, "lost"))
                .isInstanceOf(FarCache.Reading.Leased.class);
        Wait.until(
                "another one gets the lease",
                () -> shared.far().read(1, "a", 1, "next") instanceof FarCache.Reading.Leased);
    }

    @Test
    void nothing_older_than_the_view_is_served_after_redis_has_missed_a_change() {
        history.change("a", "one");
        TestNetwork way = TestNetwork.to(redis.port());
        open.add(way);
        DocumentCache writer = node(RedisProcess.uri(way));
        DocumentCache reader = node(redis.uri());
        tell(writer);
        reader.get("a", 1);
        awaitStored("a");
        way.refuse();
        history.change("a", "two");
        writer.changed(history.untold());
        Wait.until(
                "it is lost",
                () -> writer.status().farAvoided() + writer.status().farFailures() > 0);
        way.heal();
        history.change("b", "one");
        Changes later = history.untold();
        Wait.until(
                "Redis can be reached again",
                () -> {
                    writer.changed(later);
                    return mark(1).contains("upto\r\n$" + digits(3));
                });
        reader.listen();

        // proven for nothing newer than it was, neither near nor far
        assertThat(reader.get("a", 3)).isEqualTo(history.at("a", 3));
        assertThat(mark(1)).contains("base\r\n$" + digits(2));
        reader.check();
        reader.check();
        assertThat(reader.get("a")).isEqualTo(history.at("a", 3));
    }

    @Test
    void answers_go_on_while_redis_is_gone_and_are_right_when_it_is_back() {
        try (RedisProcess own = RedisProcess.server()) {
            history.change("a", "one");
            DocumentCache node = node(own.uri());
            node.changed(history.untold());
            assertThat(node.get("a", 1)).isEqualTo(history.at("a", 1));
            own.kill();
            Wait.until("the end is noticed", () -> !node.status().tracking());
            history.change("a", "two");
            node.changed(history.untold());
            assertThat(node.get("a", 2)).isEqualTo(history.at("a", 2));
            assertThat(node.get("a", 2)).isEqualTo(history.at("a", 2));
            own.restart();
            history.change("a", "three");
            node.changed(history.untold());
            Wait.until(
                    "it is used again",
                    () -> {
                        node.listen();
                        return node.status().tracking() && !node.status().farAvoiding();
                    });
            assertThat(node.get("a", 3)).isEqualTo(history.at("a", 3));
        }
    }

    @Test
    void what_is_near_is_forgotten_when_nothing_is_heard_any_more() {
        history.change("a", "one");
        TestNetwork way = TestNetwork.to(redis.port());
        open.add(way);
        DocumentCache node = node(RedisProcess.uri(way));
        tell(node);
        node.get("a", 1);
        awaitStored("a", node);
        node.get("a", 1);
        assertThat(node.status().documents()).isEqualTo(1);
        way.cut();
        Wait.until("it is forgotten", () -> node.status().documents() == 0);
        assertThat(node.status().tracking()).isFalse();
    }

    @Test
    void a_channel_that_says_nothing_counts_as_broken() {
        history.change("a", "one");
        TestNetwork way = TestNetwork.to(redis.port());
        open.add(way);
        DocumentCache node = node(RedisProcess.uri(way));
        tell(node);
        node.get("a", 1);
        way.hold();
        node.listen();
        assertThat(node.status().tracking()).isFalse();
        assertThat(node.status().documents()).isZero();
        way.heal();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void a_redis_that_does_not_answer_in_time_costs_a_few_queries_the_timeout(boolean late) {
        history.change("a", "one");
        TestNetwork way = TestNetwork.to(redis.port());
        open.add(way);
        long timeout = 50;
        int failures = 3;
        DocumentCache node =
                node(
                        history,
                        RedisSettings.of(RedisProcess.uri(way), namespace)
                                .withTimeout(Duration.ofMillis(timeout))
                                .withPause(Duration.ofHours(1)));
        if (late) {
            way.delay(Duration.ofMillis(4 * timeout));
        } else {
            way.hold();
        }
        long start = System.nanoTime();
        for (int i = 0; i < 1_000; i++) {
            String key = "key" + i;
            assertThat(node.get(key, 1)).isEqualTo(history.at(key, 1));
        }
        long millis = (System.nanoTime() - start) / 1_000_000;
        System.out.printf(
                "1,000 queries beside a %s Redis: %d ms%n", late ? "late" : "silent", millis);
        CacheStatus status = node.status();
        assertThat(status.farFailures()).isEqualTo(failures);
        assertThat(status.farAvoided()).isGreaterThanOrEqualTo(1_000 - failures);
        assertThat(status.farAvoiding()).isTrue();
        way.heal();
    }

    @Test
    void a_redis_that_was_silent_is_used_again() {
        history.change("a", "one");
        TestNetwork way = TestNetwork.to(redis.port());
        open.add(way);
        DocumentCache node =
                node(
                        history,
                        RedisSettings.of(RedisProcess.uri(way), namespace)
                                .withTimeout(Duration.ofMillis(50))
                                .withPause(Duration.ofMillis(20)));
        way.hold();
        AtomicInteger next = new AtomicInteger();
        Wait.until(
                "Redis is avoided",
                () -> {
                    assertThat(node.get("key" + next.incrementAndGet(), 1)).isNotNull();
                    return node.status().farAvoiding();
                });
        way.heal();
        Wait.until(
                "Redis is asked again",
                () -> {
                    assertThat(node.get("key" + next.incrementAndGet(), 1)).isNotNull();
                    return !node.status().farAvoiding();
                });
    }

    @Test
    void a_full_redis_takes_nothing_in_and_is_not_believed() {
        history.change("a", "one");
        DocumentCache node = node(redis.uri());
        DocumentCache other = node(redis.uri());
        tell(node);
        node.get("a", 1);
        awaitStored("a");
        redis.say("CONFIG SET maxmemory-policy noeviction");
        redis.say("CONFIG SET maxmemory 1");
        history.change("a", "two");
        node.changed(history.untold());
        Wait.until("it is refused", () -> node.status().farFailures() > 0);
        assertThat(other.get("a", 2)).isEqualTo(history.at("a", 2));
        assertThat(other.get("b", 2)).isEqualTo(history.at("b", 2));
        assertThat(node.status().farAvoiding()).isFalse();
        redis.say("CONFIG SET maxmemory 0");
        history.change("b", "one");
        tell(node);
        assertThat(other.get("a", 3)).isEqualTo(history.at("a", 3));
        assertThat(mark(1)).contains("base\r\n$" + digits(2));
    }

    @Test
    void a_flush_is_heard_and_survived() {
        history.change("a", "one");
        DocumentCache node = node(redis.uri());
        tell(node);
        node.get("a", 1);
        awaitStored("a");
        node.get("a", 1);
        long flushes = node.status().flushes();
        redis.say("FLUSHALL");
        redis.say("SCRIPT FLUSH");
        Wait.until("the flush is heard", () -> node.status().flushes() > flushes);
        history.change("a", "two");
        tell(node);
        assertThat(node.get("a", 2)).isEqualTo(history.at("a", 2));
    }

    @Test
    void changes_too_many_to_name_make_everything_older_doubtful() {
        history.change("a", "one");
        DocumentCache node = node(redis.uri());
        DocumentCache other = node(redis.uri());
        tell(node);
        other.get("a", 1);
        awaitStored("a");
        other.get("a", 1);
        for (int i = 0; i < 20_001; i++) {
            history.change("b" + i, "one");
        }
        history.change("a", "two");
        tell(node);
        other.listen();
        assertThat(other.get("a", history.head())).isEqualTo(history.at("a", history.head()));
    }

    @Test
    void generations_do_not_mix() {
        history.change("a", "one");
        DocumentCache node = node(redis.uri());
        tell(node);
        node.get("a", 1);
        awaitStored("a");
        history.serve(2);
        DocumentCache later = node(redis.uri());
        assertThat(History.text(later.get("a", 1))).isEqualTo("g2 one");
        node.check();
        assertThat(History.text(node.get("a", 1))).isEqualTo("g2 one");
    }
}
