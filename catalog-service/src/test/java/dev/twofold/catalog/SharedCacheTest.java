package dev.twofold.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.catalog.RunningCatalog.Settings;
import dev.twofold.catalog.cluster.Ports;
import dev.twofold.catalog.database.DataFolder;
import dev.twofold.catalog.database.DataFolder.Claim.Held;
import dev.twofold.redis.DocumentCache;
import dev.twofold.testkit.TestPostgres;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.embedded.RedisServer;
import tools.jackson.databind.json.JsonMapper;

/// Two nodes on one log, which share product pages in a Redis that comes and goes.
class SharedCacheTest {
    private static final JsonMapper JSON = new JsonMapper();

    private static final int CHANGES = 20;

    @TempDir Path first;
    @TempDir Path second;

    private final HttpClient client = HttpClient.newHttpClient();

    @Test
    void nodes_read_each_others_writes_with_redis_and_without() throws Exception {
        int port = Ports.free();
        RedisServer redis = redis(port);
        redis.start();
        Settings settings =
                Settings.local(0)
                        .on(TestPostgres.database().url())
                        .sharing("redis://127.0.0.1:" + port);
        try (DataFolder one = ((Held) DataFolder.claim(first)).folder();
                DataFolder two = ((Held) DataFolder.claim(second)).folder();
                RunningCatalog writer = RunningCatalog.start(one, settings, _ -> {});
                RunningCatalog reader = RunningCatalog.start(two, settings, _ -> {})) {
            post(
                    writer,
                    "/products",
                    """
                    {"productId": "tea", "sku": "TEA-1", "name": "Tea", "price": 1,
                     "currency": "INR"}
                    """);
            int price = untilRedisAnswers(writer, reader, 1);

            redis.stop();
            assertReadsWrites(writer, reader, price);
            redis = redis(port);
            redis.start();
            untilRedisAnswers(writer, reader, price + CHANGES);
        } finally {
            redis.stop();
        }
    }

    /// Changes prices until a node has found in Redis what the other one has put there: it may look
    /// before that is done. The next price.
    private int untilRedisAnswers(RunningCatalog writer, RunningCatalog reader, int from)
            throws IOException, InterruptedException {
        long before = far(writer, reader);
        int price = from;
        while (far(writer, reader) == before) {
            assertThat(price).as("Redis is used").isLessThan(10_000);
            assertReadsWrites(writer, reader, price);
            price += CHANGES;
        }
        return price;
    }

    /// How many answers came out of Redis.
    private static long far(RunningCatalog... nodes) {
        return Stream.of(nodes)
                .mapToLong(node -> node.part(DocumentCache.class).status().far())
                .sum();
    }

    private void assertReadsWrites(RunningCatalog writer, RunningCatalog reader, int from)
            throws IOException, InterruptedException {
        for (int price = from; price < from + CHANGES; price++) {
            HttpResponse<String> changed =
                    post(
                            writer,
                            "/products/tea/price",
                            "{\"price\": %d, \"currency\": \"INR\"}".formatted(price));
            String token = changed.headers().firstValue("Consistency-Token").orElseThrow();
            for (RunningCatalog node : new RunningCatalog[] {reader, writer}) {
                HttpRequest query =
                        HttpRequest.newBuilder(node.address().resolve("/products/tea"))
                                .header("Consistency-Token", token)
                                .header("Prefer", "wait=20")
                                .build();
                HttpResponse<String> page = client.send(query, BodyHandlers.ofString());
                assertThat(page.statusCode()).isEqualTo(200);
                assertThat(JSON.readTree(page.body()).path("price").intValue()).isEqualTo(price);
            }
        }
    }

    private HttpResponse<String> post(RunningCatalog node, String path, String body)
            throws IOException, InterruptedException {
        HttpResponse<String> response =
                client.send(
                        HttpRequest.newBuilder(node.address().resolve(path))
                                .header("Content-Type", "application/json")
                                .POST(BodyPublishers.ofString(body))
                                .build(),
                        BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(202);
        return response;
    }

    private static RedisServer redis(int port) throws IOException {
        return RedisServer.newRedisServer().port(port).setting("save \"\"").build();
    }
}
