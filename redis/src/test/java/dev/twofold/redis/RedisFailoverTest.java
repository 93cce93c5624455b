package dev.twofold.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Redis as it runs in production: with Sentinels, and as a cluster.
class RedisFailoverTest {
    private static final CacheSettings OFTEN =
            CacheSettings.defaults().withCheck(Duration.ofMillis(20));

    private final List<AutoCloseable> open = new ArrayList<>();
    private final History history = new History();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : open.reversed()) {
            each.close();
        }
    }

    private RedisProcess opened(RedisProcess process) {
        open.add(process);
        return process;
    }

    private DocumentCache node(String uri) {
        DocumentCache cache =
                DocumentCache.withRedis(
                        history,
                        OFTEN,
                        RedisSettings.of(uri, "test")
                                .withTimeout(Duration.ofMillis(500))
                                .withPause(Duration.ofMillis(50)));
        open.add(cache);
        Wait.until("it listens", () -> cache.status().tracking());
        Wait.until("it uses Redis", () -> !cache.status().farAvoiding());
        return cache;
    }

    private long change(DocumentCache node, String key, String text) {
        long position = history.change(key, text);
        node.changed(history.untold());
        return position;
    }

    private void assertRight(DocumentCache node, String key, long token) {
        Answer answer = node.get(key, token);
        assertThat(history.fault(key, Objects.requireNonNull(answer), token)).isNull();
    }

    /// Reads other documents with one node and then the other, until one is answered from Redis.
    private void awaitShared(DocumentCache first, DocumentCache second, AtomicInteger next) {
        Wait.until(
                "what one node loads the other finds",
                () -> {
                    String key = "shared" + next.incrementAndGet();
                    change(first, key, "one");
                    assertRight(first, key, history.head());
                    long far = second.status().far();
                    assertRight(second, key, history.head());
                    return second.status().far() > far && second.status().tracking();
                });
    }

    @Test
    void follows_the_master_that_sentinels_name() {
        RedisProcess master = opened(RedisProcess.server());
        RedisProcess replica =
                opened(RedisProcess.server("--replicaof", "127.0.0.1", "" + master.port()));
        Wait.until(
                "the replica follows",
                () -> replica.say("INFO replication").contains("master_link_status:up"));
        RedisProcess sentinel = opened(RedisProcess.sentinel("shop", master));
        Wait.until(
                "the Sentinel knows the replica",
                () -> sentinel.say("SENTINEL replicas shop").contains("" + replica.port()));
        String uri = "redis-sentinel://127.0.0.1:%d#shop".formatted(sentinel.port());
        DocumentCache first = node(uri);
        DocumentCache second = node(uri);
        AtomicInteger next = new AtomicInteger();
        awaitShared(first, second, next);
        long before = change(first, "a", "one");
        assertRight(second, "a", before);

        master.kill();
        Wait.until(
                "the replica is the master",
                () -> {
                    assertRight(second, "a", history.head());
                    assertRight(first, "a", change(second, "a", "number " + history.head()));
                    return replica.say("ROLE").contains("master");
                });
        awaitShared(first, second, next);
        awaitShared(second, first, next);
    }

    @Test
    void spreads_documents_over_a_cluster_and_survives_the_loss_of_a_node() {
        List<RedisProcess> masters =
                IntStream.range(0, 3).mapToObj(_ -> opened(clusterNode())).toList();
        RedisProcess replica = opened(clusterNode());
        for (int i = 0; i < 3; i++) {
            int from = i * 16_384 / 3;
            int to = (i + 1) * 16_384 / 3;
            StringBuilder slots = new StringBuilder("CLUSTER ADDSLOTS");
            IntStream.range(from, to).forEach(slot -> slots.append(' ').append(slot));
            masters.get(i).say(slots.toString());
            masters.get(i).say("CLUSTER SET-CONFIG-EPOCH " + (i + 1));
            if (i > 0) {
                meet(masters.get(i), masters.getFirst());
            }
        }
        meet(replica, masters.getFirst());
        List<RedisProcess> all = new ArrayList<>(masters);
        all.add(replica);
        awaitOk(all, 4);
        String lost = masters.getLast().say("CLUSTER MYID").lines().toList().get(1);
        Wait.until(
                "the replica follows",
                () -> replica.say("CLUSTER REPLICATE " + lost).startsWith("+OK"));
        Wait.until(
                "the replica is up to date",
                () -> replica.say("INFO replication").contains("master_link_status:up"));
        String uri =
                "redis-cluster://127.0.0.1:%d,127.0.0.1:%d"
                        .formatted(masters.get(0).port(), masters.get(1).port());
        DocumentCache first = node(uri);
        DocumentCache second = node(uri);
        AtomicInteger next = new AtomicInteger();
        for (int i = 0; i < 30; i++) {
            awaitShared(first, second, next);
        }
        for (RedisProcess master : masters) {
            assertThat(master.say("DBSIZE")).isNotEqualTo(":0\r\n");
        }

        masters.getLast().kill();
        Wait.until(
                "the replica has taken over",
                () -> {
                    String key = "shared" + (1 + history.head() % 20);
                    assertRight(first, key, change(second, key, "number " + history.head()));
                    return replica.say("ROLE").contains("master");
                });
        for (int i = 0; i < 30; i++) {
            awaitShared(first, second, next);
        }
    }

    private static RedisProcess clusterNode() {
        return RedisProcess.server(
                "--cluster-enabled",
                "yes",
                "--cluster-node-timeout",
                "1000",
                "--cluster-require-full-coverage",
                "no");
    }

    private static void meet(RedisProcess node, RedisProcess other) {
        assertThat(node.say("CLUSTER MEET 127.0.0.1 " + other.port())).startsWith("+OK");
    }

    private static void awaitOk(List<RedisProcess> nodes, int known) {
        for (RedisProcess node : nodes) {
            Wait.until(
                    "the nodes know each other",
                    () -> {
                        String info = node.say("CLUSTER INFO");
                        return info.contains("cluster_state:ok")
                                && info.contains("cluster_known_nodes:" + known);
                    });
        }
    }
}
