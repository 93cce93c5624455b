package dev.twofold.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.redis.DocumentCache.Shared;
import dev.twofold.redis.RedisCache.Scripts;
import dev.twofold.testkit.TestNetwork;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Nodes that read, hear of changes late, twice, in another order or never, lose Redis and find it
/// again; and what goes on while a node loads a document. Whatever the order, an answer is what the
/// document was at the position that it names, and that is no older than was asked for.
class InterleavingTest {
    private static final int INTERLEAVINGS = 3_000;
    private static final int STEPS = 30;
    private static final int NODES = 3;
    private static final int KEYS = 4;
    private static final CacheSettings BY_HAND =
            CacheSettings.defaults().withCheck(Duration.ofDays(1));

    /// What two or so of the documents take.
    private static final int SCARCE = 700;

    private static final AtomicLong NAMESPACES = new AtomicLong();

    private static RedisProcess redis;
    private static final List<TestNetwork> ways = new ArrayList<>();
    private static final List<RedisServers> servers = new ArrayList<>();
    private static final List<RedisLink> links = new ArrayList<>();

    @BeforeAll
    static void start() {
        redis = RedisProcess.server();
        for (int i = 0; i < NODES; i++) {
            TestNetwork way = TestNetwork.to(redis.port());
            ways.add(way);
            RedisServers server = new RedisServers(RedisProcess.uri(way));
            servers.add(server);
            links.add(new RedisLink(server, Duration.ofMillis(1)));
        }
    }

    @AfterAll
    static void stop() {
        links.forEach(RedisLink::close);
        servers.forEach(RedisServers::close);
        ways.forEach(TestNetwork::close);
        redis.close();
    }

    /// What would be wrong with a cache.
    enum Flaw {
        NONE,
        SETS_WHATEVER_COMES,
        LEAVES_NO_TOMBSTONE_AND_THE_LEASE,
        BELIEVES_ACROSS_GAPS,
        KEEPS_WHAT_IS_NEAR_WHEN_NOTHING_IS_HEARD,
        MIXES_GENERATIONS;

        Scripts scripts() {
            Scripts right = Scripts.load();
            return switch (this) {
                case SETS_WHATEVER_COMES ->
                        new Scripts(
                                right.read(),
                                edit(
                                        right.store(),
                                        text ->
                                                text.substring(
                                                        text.indexOf(
                                                                "redis.call('DEL', KEYS[1])"))),
                                right.change());
                case LEAVES_NO_TOMBSTONE_AND_THE_LEASE ->
                        new Scripts(
                                right.read(),
                                right.store(),
                                edit(
                                        right.change(),
                                        text ->
                                                text.replace(
                                                                "redis.call('HSET', KEYS[i],"
                                                                        + " 'reflects', ARGV[2])",
                                                                "")
                                                        .replace(
                                                                "redis.call('DEL', KEYS[i + 1])",
                                                                "")));
                case BELIEVES_ACROSS_GAPS ->
                        new Scripts(
                                right.read(),
                                right.store(),
                                edit(
                                        right.change(),
                                        text ->
                                                text.replace(
                                                        "base, upto = ARGV[1], ARGV[2]",
                                                        "base, upto = mark[1] or '0', ARGV[2]")));
                case NONE, KEEPS_WHAT_IS_NEAR_WHEN_NOTHING_IS_HEARD, MIXES_GENERATIONS -> right;
            };
        }

        private static Script edit(Script script, UnaryOperator<String> change) {
            String changed = change.apply(script.text());
            assertThat(changed).isNotEqualTo(script.text());
            return Script.of(changed);
        }
    }

    @Test
    void no_answer_is_older_than_its_token() {
        long seed = new Random().nextLong();
        System.out.println("seed of interleavings: " + seed);
        Random seeds = new Random(seed);
        long answers = 0;
        for (int i = 0; i < INTERLEAVINGS; i++) {
            long each = seeds.nextLong();
            try (Interleaving interleaving = new Interleaving(each, Flaw.NONE)) {
                interleaving.run();
                answers += interleaving.answers;
                assertThat(interleaving.fault)
                        .as("seed %d, number %d: %s", each, i, interleaving.log)
                        .isNull();
            }
        }
        System.out.printf("%,d answers in %,d interleavings%n", answers, INTERLEAVINGS);
        assertThat(answers).isGreaterThan(INTERLEAVINGS * 5L);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void a_flaw_is_found(Flaw flaw) {
        Random seeds = new Random(4);
        for (int i = 1; i <= INTERLEAVINGS; i++) {
            try (Interleaving interleaving = new Interleaving(seeds.nextLong(), flaw)) {
                interleaving.run();
                if (interleaving.fault != null) {
                    System.out.printf("%s in interleaving %d: %s%n", flaw, i, interleaving.fault);
                    return;
                }
            }
        }
        throw new AssertionError("nothing is wrong with a cache that " + flaw);
    }

    /// One order of events, the same for the same seed as far as it lies with this process.
    private static final class Interleaving implements AutoCloseable {
        private final Random random;
        private final Flaw flaw;
        private final History history;
        private final List<DocumentCache> nodes = new ArrayList<>();
        private final List<RedisCache> caches = new ArrayList<>();
        private final List<Changes> late = new ArrayList<>();
        private final List<Load> loading = new ArrayList<>();
        private final StringBuilder log = new StringBuilder();
        private final String namespace = "i" + NAMESPACES.incrementAndGet();
        private int value;
        private int answers;
        private @Nullable String fault;

        /// A document that a node loads at the moment.
        private record Load(int node, String key) {}

        Interleaving(long seed, Flaw flaw) {
            this.random = new Random(seed);
            this.flaw = flaw;
            boolean lags = random.nextInt(3) == 0;
            CacheSettings near = random.nextInt(3) == 0 ? BY_HAND.withBytes(SCARCE) : BY_HAND;
            this.history = new History(_ -> lags ? random.nextInt(3) : 0);
            RedisSettings settings =
                    RedisSettings.of(redis.uri(), namespace)
                            .withTimeout(Duration.ofSeconds(5))
                            .withPause(Duration.ofNanos(1))
                            .withLease(Duration.ofSeconds(5), Duration.ofMillis(1));
            for (int i = 0; i < NODES; i++) {
                RedisLink link = links.get(i);
                Wait.until("Redis is there", () -> link.commands() != null);
                RedisKeys keys = new RedisKeys(namespace, 1);
                RedisCache cache =
                        new RedisCache(keys, link, settings, BY_HAND.life(), flaw.scripts());
                caches.add(cache);
                FarCache far = new Stepped(cache, flaw == Flaw.MIXES_GENERATIONS);
                Shared shared = new Shared(servers.get(i), keys, link, far, settings.patience());
                nodes.add(new Node(new Watched(i), near, shared));
            }
        }

        private final class Node extends DocumentCache {
            Node(Source source, CacheSettings settings, Shared shared) {
                super(source, settings, shared);
            }

            @Override
            void flush() {
                if (flaw != Flaw.KEEPS_WHAT_IS_NEAR_WHEN_NOTHING_IS_HEARD) {
                    super.flush();
                }
            }
        }

        /// What a node loads from: other things happen between what it reads and its return.
        private final class Watched implements Source {
            private final int node;

            Watched(int node) {
                this.node = node;
            }

            @Override
            public @Nullable Answer find(String key, long notOlderThan) {
                Answer answer = history.find(key, notOlderThan);
                Load load = new Load(node, key);
                if (loading.size() < 2) {
                    loading.add(load);
                    for (int i = random.nextInt(4); i > 0; i--) {
                        step();
                    }
                    loading.remove(load);
                }
                return answer;
            }

            @Override
            public Standing standing() {
                return history.standing();
            }
        }

        void run() {
            nodes.forEach(DocumentCache::check);
            for (int i = 0; i < STEPS && fault == null; i++) {
                step();
            }
        }

        private void step() {
            int node = random.nextInt(NODES);
            String key = "k" + random.nextInt(KEYS);
            switch (random.nextInt(24)) {
                case 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 -> get(node, key);
                case 10, 11, 12, 13 -> {
                    change(key);
                    say(node, "tells", history.untold());
                }
                case 14 -> {
                    change(key);
                    late.add(history.untold());
                }
                case 15 -> {
                    change(key);
                    history.untold(); // lost
                    log.append(" lost");
                }
                case 16 -> {
                    if (!late.isEmpty()) {
                        say(node, "late", late.remove(random.nextInt(late.size())));
                    }
                }
                case 17, 18 -> nodes.get(node).check();
                case 19, 20 -> {
                    log.append(" listen%d".formatted(node));
                    nodes.get(node).listen();
                }
                case 21 -> disturb(node, key);
                case 22 -> {
                    int generation = 1 + random.nextInt(2);
                    log.append(" g%d".formatted(generation));
                    history.serve(generation);
                }
                default -> {
                    change(key);
                    Changes changes = history.untold();
                    say(node, "tells some of", some(changes));
                }
            }
        }

        private static Changes some(Changes changes) {
            return new Changes(
                    changes.generation(), changes.from(), changes.to(), changes.keys(), false);
        }

        private void change(String key) {
            boolean gone = random.nextInt(5) == 0;
            history.change(key, gone ? null : "value " + ++value);
            log.append(" %d:%s".formatted(history.head(), key));
        }

        private void say(int node, String how, Changes changes) {
            log.append(" %d %s %d-%d".formatted(node, how, changes.from(), changes.to()));
            nodes.get(node).changed(changes);
        }

        private void get(int node, String key) {
            boolean peeks = random.nextInt(4) == 0;
            if (!peeks && loading.contains(new Load(node, key))) {
                return; // it would wait for itself
            }
            long head = history.head();
            long token =
                    switch (random.nextInt(3)) {
                        case 0 -> 0;
                        case 1 -> head;
                        default -> head == 0 ? 0 : random.nextLong(head + 1);
                    };
            DocumentCache asked = nodes.get(node);
            Answer answer = peeks ? asked.peek(key, token) : asked.get(key, token);
            log.append(" %d%s%s@%d".formatted(node, peeks ? "!" : "?", key, token));
            if (answer == null) {
                return; // a replica that lags, or nothing kept
            }
            log.append("=").append(History.text(answer)).append('@').append(answer.reflects());
            answers++;
            String wrong = history.fault(key, answer, token);
            if (wrong != null && fault == null) {
                fault = wrong;
            }
        }

        private void disturb(int node, String key) {
            int generation = 1 + random.nextInt(2);
            switch (random.nextInt(7)) {
                case 0 -> {
                    log.append(" cut%d".formatted(node));
                    ways.get(node).cut();
                }
                case 1 -> {
                    log.append(" flush");
                    redis.say("FLUSHALL");
                }
                case 2 -> redis.say("SCRIPT FLUSH");
                case 3 -> evict("%s:d:{0}:%d:%s".formatted(namespace, generation, key));
                case 4 -> evict("%s:l:{0}:%d:%s".formatted(namespace, generation, key));
                case 5 -> evict("%s:m:{0}:%d".formatted(namespace, generation));
                default -> {
                    log.append(" kill");
                    redis.say("CLIENT KILL TYPE normal");
                }
            }
        }

        private void evict(String name) {
            log.append(" evict ").append(name);
            redis.say("DEL " + name);
        }

        @Override
        public void close() {
            caches.forEach(RedisCache::close);
            nodes.forEach(DocumentCache::stopListening);
        }
    }

    /// Takes changes in at once, so that the order of steps is the order of what happens.
    private record Stepped(RedisCache cache, boolean mixes) implements FarCache {

        private int generation(int right) {
            return mixes ? 1 : right;
        }

        @Override
        public Reading read(int generation, String key, long needed, String lease) {
            return cache.read(generation(generation), key, needed, lease);
        }

        @Override
        public void store(String lease, String key, Answer answer, long cost) {
            cache.store(
                    lease,
                    key,
                    new Answer(
                            generation(answer.generation()),
                            answer.position(),
                            answer.reflects(),
                            answer.document()),
                    cost);
        }

        @Override
        public void change(Changes changes) {
            cache.write(
                    new Changes(
                            generation(changes.generation()),
                            changes.from(),
                            changes.to(),
                            changes.keys(),
                            changes.complete()));
        }

        @Override
        public Failures failures() {
            return cache.failures();
        }

        @Override
        public void close() {
            cache.close();
        }
    }
}
