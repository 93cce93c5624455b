package dev.twofold.catalog.events;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.catalog.OwnCatalog;
import dev.twofold.catalog.TestCatalog;
import dev.twofold.catalog.TestCatalog.Answer;
import dev.twofold.catalog.http.Api;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class EventsHttpTest {
    private static final JsonMapper JSON = new JsonMapper();
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    @TempDir private Path temp;

    @Test
    void tells_of_changes_and_goes_on_after_the_last_that_was_heard_of() throws Exception {
        create("sse-1");
        create("sse-2");
        String last;
        try (Stream stream = Stream.open(TestCatalog.address().resolve("/events"))) {
            Event begin = stream.next();
            assertThat(begin.data).isNull();
            Answer priced = price("sse-1", 2);
            Event price = stream.of("sse-1");
            assertThat(price.id).isEqualTo(priced.token());
            assertThat(Api.faults("Change", price.json())).isEmpty();
            assertThat(price.json().path("type").asString()).isEqualTo("price-changed");
            assertThat(price.json().path("version").asInt()).isEqualTo(2);
            last = price.id;
        }
        price("sse-1", 3);
        price("sse-2", 3);
        review("sse-1");
        try (Stream stream =
                Stream.open(TestCatalog.address().resolve("/events"), "Last-Event-ID", last)) {
            List<String> heard = new ArrayList<>();
            while (heard.size() < 3) {
                Event event = stream.next();
                if (event.data != null && event.json().path("id").asString().startsWith("sse-")) {
                    heard.add(event.json().path("type").asString());
                }
            }
            assertThat(heard).containsExactly("price-changed", "price-changed", "review-submitted");
        }
    }

    @Test
    void tells_of_one_product_alone_and_nothing_of_who_reviewed_it() throws Exception {
        Answer created = create("sse-3");
        create("sse-4");
        URI address =
                TestCatalog.address().resolve("/events?product=sse-3&after=" + created.token());
        price("sse-4", 2);
        review("sse-3");
        try (Stream stream = Stream.open(address)) {
            Event first = stream.withData();
            assertThat(first.json().path("type").asString()).isEqualTo("review-submitted");
            assertThat(first.data).doesNotContain("customer");
            price("sse-4", 3);
            Answer priced = price("sse-3", 3);
            Event next = stream.withData();
            assertThat(next.id).isEqualTo(priced.token());
            assertThat(
                            TestCatalog.get(
                                            "/products/sse-3",
                                            "Consistency-Token",
                                            next.id,
                                            "Prefer",
                                            "wait=20")
                                    .body()
                                    .path("price")
                                    .asInt())
                    .isEqualTo(3);
        }
    }

    @Test
    void refuses_an_id_that_the_log_does_not_have() {
        assertThat(TestCatalog.get("/events", "Last-Event-ID", "7").problem())
                .isEqualTo("invalid-consistency-token");
        Answer other = TestCatalog.get("/events?after=bG9nQDE");
        assertThat(other.text("reason")).isEqualTo("other-log");
        String beyond =
                new dev.twofold.catalog.http.LogEpoch(TestCatalog.epoch(), () -> 0)
                        .token(1_000_000_000)
                        .toString();
        Answer future = TestCatalog.get("/events", "Last-Event-ID", beyond);
        assertThat(future.status()).isEqualTo(400);
        assertThat(future.text("reason")).isEqualTo("beyond-the-log");
        assertThat(TestCatalog.get("/events?products=x").problem()).isEqualTo("unknown-parameter");
    }

    @Test
    void has_only_so_many_followers_and_ends_their_streams_when_the_catalog_stops()
            throws Exception {
        OwnCatalog catalog = new OwnCatalog(temp, "catalog.events.followers-each", "2");
        try (Stream one = Stream.open(catalog.address().resolve("/events"));
                Stream two = Stream.open(catalog.address().resolve("/events"))) {
            one.next();
            two.next();
            HttpResponse<String> third =
                    CLIENT.send(
                            HttpRequest.newBuilder(catalog.address().resolve("/events")).build(),
                            BodyHandlers.ofString());
            assertThat(third.statusCode()).isEqualTo(503);
            assertThat(third.body()).contains("too-many-streams", "2 streams");
            assertThat(third.headers().firstValue("Retry-After")).isPresent();
            catalog.close();
            assertThat(one.reader.lines()).allMatch(line -> line.isEmpty() || line.equals(":"));
            assertThat(two.reader.lines()).allMatch(line -> line.isEmpty() || line.equals(":"));
        }
    }

    private static Answer create(String id) {
        return TestCatalog.post(
                "/products",
                """
                {"productId": "%s", "sku": "%s", "name": "Streamed", "price": 1, "currency": "EUR"}
                """
                        .formatted(id, id));
    }

    private static Answer price(String id, int price) {
        return TestCatalog.post(
                "/products/%s/price".formatted(id),
                "{\"price\": %d, \"currency\": \"EUR\"}".formatted(price));
    }

    private static void review(String id) {
        Answer answer =
                TestCatalog.post(
                        "/products/%s/reviews".formatted(id),
                        "{\"customerId\": \"customer-1\", \"rating\": 4}");
        assertThat(answer.status()).isEqualTo(202);
    }

    /// @param data null for a mark that is no event
    private record Event(String id, @Nullable String data) {
        JsonNode json() {
            return JSON.readTree(java.util.Objects.requireNonNull(data));
        }
    }

    private record Stream(InputStream in, BufferedReader reader) implements AutoCloseable {
        static Stream open(URI address, String... headers)
                throws IOException, InterruptedException {
            HttpRequest.Builder request =
                    HttpRequest.newBuilder(address).header("Accept", "text/event-stream");
            HttpResponse<InputStream> response =
                    CLIENT.send(
                            (headers.length == 0 ? request : request.headers(headers)).build(),
                            BodyHandlers.ofInputStream());
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.headers().firstValue("Content-Type").orElseThrow())
                    .startsWith("text/event-stream");
            assertThat(response.headers().firstValue("Cache-Control")).contains("no-store");
            return new Stream(
                    response.body(),
                    new BufferedReader(
                            new InputStreamReader(response.body(), StandardCharsets.UTF_8)));
        }

        /// The next block that has an id.
        Event next() throws IOException {
            String id = null;
            String data = null;
            while (true) {
                String line = reader.readLine();
                if (line == null) {
                    throw new AssertionError("the stream has ended");
                }
                if (line.startsWith("id: ")) {
                    id = line.substring(4);
                } else if (line.startsWith("data: ")) {
                    data = line.substring(6);
                } else if (line.isEmpty() && id != null) {
                    return new Event(id, data);
                }
            }
        }

        Event withData() throws IOException {
            Event event = next();
            while (event.data == null) {
                event = next();
            }
            return event;
        }

        Event of(String product) throws IOException {
            Event event = withData();
            while (!event.json().path("id").asString().equals(product)) {
                event = withData();
            }
            return event;
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
