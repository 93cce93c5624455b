package dev.twofold.catalog.http;

import static dev.twofold.catalog.TestCatalog.get;
import static dev.twofold.catalog.TestCatalog.getAfter;
import static dev.twofold.catalog.TestCatalog.post;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.catalog.TestCatalog;
import dev.twofold.catalog.TestCatalog.Answer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// The hot path answers as the endpoint does. A path with an escaped character goes to the
/// endpoint, and means the same.
class HotDocumentsTest {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private static String token = "";

    @BeforeAll
    static void create() {
        Answer created =
                post(
                        "/products",
                        """
                        {"productId": "hot", "sku": "HOT-1", "name": "Chili", "price": 90,
                         "currency": "INR", "stock": 3, "description": "%s"}
                        """
                                .formatted("Very hot. ".repeat(50)));
        token = created.token();
        assertThat(getAfter(created, "/products/hot").status()).isEqualTo(200);
    }

    @AfterAll
    static void close() {
        CLIENT.close();
    }

    private static List<String[]> combinations() {
        String tag = String.valueOf(get("/products/hot").header("ETag"));
        String otherLog = new ConsistencyToken("other", 1).toString();
        String future = new ConsistencyToken(TestCatalog.epoch(), Long.MAX_VALUE >> 12).toString();
        String[][] values = {
            {"Accept", null, "*/*", "application/json", "text/html", "image/png"},
            {"Accept-Encoding", null, "gzip", "br, gzip, deflate", "gzip;q=0", "*"},
            {"If-None-Match", null, "\"other\"", "\"other\", " + tag, "*"},
            {"Consistency-Token", null, token, "nonsense", otherLog, future},
            {"Prefer", null, "return=minimal, wait=\"1\""},
        };
        List<String[]> combinations = new ArrayList<>();
        combinations.add(new String[0]);
        for (String[] header : values) {
            List<String[]> longer = new ArrayList<>();
            for (String[] shorter : combinations) {
                for (int i = 1; i < header.length; i++) {
                    longer.add(header[i] == null ? shorter : with(shorter, header[0], header[i]));
                }
            }
            combinations = longer;
        }
        for (String[] rare :
                new String[][] {
                    {"Range", "bytes=0-10"},
                    {"Origin", "http://example.org"},
                    {"If-Modified-Since", "Wed, 25 Nov 2099 00:00:00 GMT"},
                    {"If-Unmodified-Since", "Wed, 25 Nov 1999 00:00:00 GMT"},
                    {"If-Match", "\"other\""},
                }) {
            combinations.add(rare);
        }
        return combinations;
    }

    private static String[] with(String[] some, String name, String value) {
        String[] all = Arrays.copyOf(some, some.length + 2);
        all[some.length] = name;
        all[some.length + 1] = value;
        return all;
    }

    @Test
    void answers_as_the_endpoint_does_whatever_the_headers() {
        List<String[]> combinations = combinations();
        long hot = TestCatalog.cache().status().near();
        int unchanged = 0;
        for (String[] headers : combinations) {
            List<String> seen = seen("/products/hot", headers);
            unchanged += seen.getFirst().equals("304") ? 1 : 0;
            assertThat(seen)
                    .as(String.join(" ", headers))
                    .isEqualTo(seen("/products/%68ot", headers));
            assertThat(seen("/products/cold", headers))
                    .as("no such product " + String.join(" ", headers))
                    .isEqualTo(seen("/products/%63old", headers));
        }
        assertThat(TestCatalog.cache().status().near() - hot)
                .as("of %d combinations".formatted(combinations.size()))
                .isGreaterThan(combinations.size() / 5);
        assertThat(unchanged).isGreaterThan(combinations.size() / 20);
    }

    /// All that a caller sees, but for how the bytes came.
    private static List<String> seen(String path, String... headers) {
        HttpRequest.Builder request = TestCatalog.request(path, headers);
        try {
            HttpResponse<byte[]> response =
                    CLIENT.send(request.build(), BodyHandlers.ofByteArray());
            TreeMap<String, Object> told = new TreeMap<>();
            response.headers()
                    .map()
                    .forEach((name, values) -> told.put(name.toLowerCase(Locale.ROOT), values));
            told.remove("date");
            told.remove("content-length");
            told.remove("transfer-encoding");
            told.remove("keep-alive");
            told.remove("connection");
            TreeSet<String> vary = new TreeSet<>();
            response.headers()
                    .allValues("Vary")
                    .forEach(
                            value ->
                                    vary.addAll(
                                            List.of(
                                                    value.toLowerCase(Locale.ROOT)
                                                            .split(",\\s*"))));
            told.put("vary", vary);
            boolean gzip =
                    response.headers().firstValue("Content-Encoding").orElse("").equals("gzip");
            byte[] body =
                    gzip && response.body().length > 0
                            ? expanded(response.body())
                            : response.body();
            return List.of(
                    "" + response.statusCode(),
                    told.toString(),
                    new String(body, StandardCharsets.UTF_8)
                            .replace("%68ot", "hot")
                            .replace("%63old", "cold"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    private static byte[] expanded(byte[] gzip) throws IOException {
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(gzip))) {
            return in.readAllBytes();
        }
    }

    @Test
    void reads_its_own_writes_through_the_cache() {
        for (int i = 1; i <= 50; i++) {
            Answer changed =
                    post(
                            "/products/hot/price",
                            "{\"price\": %d, \"currency\": \"INR\"}".formatted(i));
            Answer page = getAfter(changed, "/products/hot");
            assertThat(page.body().path("price").intValue()).isEqualTo(i);
        }
    }

    @Test
    void sees_every_change_without_a_token_too() {
        Answer changed = post("/products/hot/stock", "{\"by\": 7}");
        int stock = getAfter(changed, "/products/hot").body().path("stock").intValue();
        assertThat(get("/products/hot").body().path("stock").intValue()).isEqualTo(stock);
    }

    @Test
    void is_counted_like_any_request() {
        double before = requests();
        int sent = 0;
        // each is counted a little after its answer is there
        while (requests() < before + 10 && sent < 1_000) {
            get("/products/hot");
            sent++;
        }
        assertThat(requests()).isGreaterThanOrEqualTo(before + 10);
    }

    private static double requests() {
        return TestCatalog.meters()
                .find("http.server.requests")
                .tag("uri", "/products/{id}")
                .timers()
                .stream()
                .mapToDouble(timer -> timer.count())
                .sum();
    }

    @Test
    void is_guarded_like_any_request() throws IOException {
        get("/products/hot");
        int port = TestCatalog.address().getPort();
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.getOutputStream()
                    .write(
                            "GET /products/hot HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
                                    .getBytes(StandardCharsets.US_ASCII));
            String answer =
                    new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(answer).startsWith("HTTP/1.1 421");
        }
    }
}
