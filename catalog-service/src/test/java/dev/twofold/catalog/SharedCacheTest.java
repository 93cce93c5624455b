package dev.twofold.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.catalog.RunningCatalog.Settings;
import dev.twofold.catalog.database.DataFolder;
import dev.twofold.catalog.database.DataFolder.Claim.Held;
import dev.twofold.redis.DocumentCache;
import dev.twofold.testkit.TestPostgres;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
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

    @TempDir Path first;
    @TempDir Path second;

    private final HttpClient client = HttpClient.newHttpClient();

    @Test
    void nodes_read_each_others_writes_with_redis_and_without() throws Exception {
        int port = freePort();
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
            assertReadsWrites(writer, reader, 1);
            assertThat(far(writer, reader))
                    .as(
                            "%s %s",
                            writer.part(DocumentCache.class).status(),
                            reader.part(DocumentCache.class).status())
                    .isPositive();

            redis.stop();
            assertReadsWrites(writer, reader, 101);
            redis = redis(port);
            redis.start();
            long before = far(writer, reader);
            int price = 201;
            while (far(writer, reader) == before) {
                assertThat(price).as("Redis is used again").isLessThan(10_000);
                assertReadsWrites(writer, reader, price);
                price += 100;
            }
        } finally {
            redis.stop();
        }
    }

    /// How many answers came out of Redis.
    private static long far(RunningCatalog... nodes) {
        return Stream.of(nodes)
                .mapToLong(node -> node.part(DocumentCache.class).status().far())
                .sum();
    }

    private void assertReadsWrites(RunningCatalog writer, RunningCatalog reader, int from)
            throws IOException, InterruptedException {
        for (int price = from; price < from + 20; price++) {
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

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
