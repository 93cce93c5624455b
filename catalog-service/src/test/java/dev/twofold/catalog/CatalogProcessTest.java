package dev.twofold.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.catalog.database.EmbeddedPostgres;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The catalog as a process of its own, which is killed.
class CatalogProcessTest {
    private static final int PRODUCTS = 2_000;
    private static final JsonMapper JSON = new JsonMapper();

    @TempDir Path temp;

    private final HttpClient client = HttpClient.newHttpClient();
    private final List<Process> started = new ArrayList<>();

    @AfterEach
    void stop() {
        started.forEach(Process::destroyForcibly);
    }

    @Test
    void completes_an_import_that_it_was_killed_in_without_a_gap_or_a_double() throws Exception {
        String feed = feed();
        Running first = start();
        String checkUrl = upload(first, feed);
        while (progress(first, checkUrl).path("lines").longValue() == 0) {
            // the import has not recorded anything yet
        }
        first.process.destroyForcibly().waitFor();

        Running second = start();
        assertThat(second.address).isNotEqualTo(first.address);
        JsonNode completed = end(second, upload(second, feed));
        assertThat(completed.path("state").asString()).isEqualTo("done");
        assertThat(completed.path("rejected").longValue()).isZero();
        assertThat(completed.path("created").longValue()).isLessThan(PRODUCTS);
        assertThat(completed.path("created").longValue() + completed.path("unchanged").longValue())
                .isEqualTo(PRODUCTS);
        long events = number("SELECT count(*) FROM twofold.event");
        assertThat(number("SELECT max(position) FROM twofold.event")).isEqualTo(events);
        assertThat(number("SELECT count(*) FROM twofold.event WHERE type = 'product-created'"))
                .isEqualTo(PRODUCTS);
        assertThat(number("SELECT count(DISTINCT stream) FROM twofold.event WHERE version = 1"))
                .isEqualTo(events);

        String repeat = upload(second, feed);
        JsonNode again = end(second, repeat);
        assertThat(again.path("unchanged").longValue()).isEqualTo(PRODUCTS);
        assertThat(number("SELECT count(*) FROM twofold.event")).isEqualTo(events);
        assertThat(pages(second, token(second, repeat))).isEqualTo(PRODUCTS);

        second.process.destroy();
        assertThat(second.process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(EmbeddedPostgres.running(temp)).isEmpty();
        assertThat(temp.resolve("holder")).doesNotExist();
    }

    private record Running(Process process, URI address) {}

    private Running start() throws IOException {
        Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:TieredStopAtLevel=1",
                                "-XX:+UseSerialGC",
                                "-cp",
                                System.getProperty("java.class.path"),
                                CatalogMain.class.getName(),
                                "--port",
                                "0",
                                "--data",
                                temp.toString())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        started.add(process);
        BufferedReader out = process.inputReader();
        String line = out.readLine();
        if (line != null && line.startsWith("The operator's key, shown this once: ")) {
            line = out.readLine();
        }
        assertThat(line).startsWith("The catalog answers at http://127.0.0.1:");
        return new Running(process, URI.create(line.substring(line.indexOf("http"))));
    }

    private static String feed() {
        return IntStream.rangeClosed(1, PRODUCTS)
                .mapToObj(
                        i ->
                                "S-%d\tProduct %d\tBrand %d\tTop > Sub %d\t%d.50 EUR\t%d"
                                        .formatted(i, i, i % 30, i % 10, i, i % 5))
                .collect(
                        Collectors.joining(
                                "\n", "id\ttitle\tbrand\tproduct_type\tprice\tquantity\n", "\n"));
    }

    private String upload(Running catalog, String feed) throws Exception {
        HttpResponse<String> response =
                client.send(
                        HttpRequest.newBuilder(catalog.address.resolve("/feeds"))
                                .header("Content-Type", "text/tab-separated-values")
                                .POST(BodyPublishers.ofString(feed))
                                .build(),
                        BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(202);
        return JSON.readTree(response.body()).path("checkUrl").asString();
    }

    private JsonNode progress(Running catalog, String path) throws Exception {
        return JSON.readTree(get(catalog, path).body());
    }

    private JsonNode end(Running catalog, String checkUrl) {
        return Awaitility.await()
                .atMost(Duration.ofMinutes(5))
                .until(
                        () -> progress(catalog, checkUrl),
                        progress -> !progress.path("endedAt").isNull());
    }

    private String token(Running catalog, String checkUrl) throws Exception {
        return get(catalog, checkUrl).headers().firstValue("Consistency-Token").orElseThrow();
    }

    private long pages(Running catalog, String token) throws Exception {
        long pages = 0;
        String next = "/products?sort=name&limit=100";
        while (!next.isEmpty()) {
            JsonNode page =
                    JSON.readTree(
                            get(catalog, next, "Consistency-Token", token, "Prefer", "wait=30")
                                    .body());
            pages += page.path("items").size();
            next = page.path("next").asString("");
        }
        return pages;
    }

    private HttpResponse<String> get(Running catalog, String path, String... headers)
            throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(catalog.address.resolve(path));
        return client.send(
                (headers.length == 0 ? request : request.headers(headers)).build(),
                BodyHandlers.ofString());
    }

    private long number(String sql) throws SQLException {
        try (Connection connection = EmbeddedPostgres.running(temp).orElseThrow().connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }
}
