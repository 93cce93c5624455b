package dev.twofold.catalog.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.catalog.TestCatalog;
import dev.twofold.catalog.database.EmbeddedPostgres;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class QueryLimitsHttpTest {
    private static final List<String> QUERIES =
            List.of("/products", "/category-tree", "/changes", "/brands", "/export/products");

    @Test
    void a_query_that_the_database_does_not_answer_in_time_is_stopped_and_the_limit_named()
            throws SQLException {
        try (Connection connection =
                        EmbeddedPostgres.running(TestCatalog.data()).orElseThrow().connect();
                Statement statement = connection.createStatement();
                HttpClient client = HttpClient.newHttpClient()) {
            connection.setAutoCommit(false);
            statement.execute(
                    "LOCK TABLE product_page, category_count, daily_changes, catalog.brand IN"
                            + " ACCESS EXCLUSIVE MODE");
            List<CompletableFuture<HttpResponse<String>>> stopped =
                    QUERIES.stream().map(path -> ask(client, path, "application/json")).toList();
            CompletableFuture<HttpResponse<String>> page = ask(client, "/products", "text/html");

            for (CompletableFuture<HttpResponse<String>> one : stopped) {
                HttpResponse<String> answer = one.join();
                assertThat(answer.statusCode()).as(answer.uri() + answer.body()).isEqualTo(503);
                assertThat(answer.body())
                        .contains("urn:twofold:problem:query-too-costly")
                        .contains("longer than the 2s that one may take (catalog.query-timeout)")
                        .contains("\"limit\":\"2s\"");
                assertThat(answer.headers().firstValue("Retry-After")).contains("10");
            }
            assertThat(page.join().statusCode()).isEqualTo(503);
            assertThat(page.join().headers().firstValue("Content-Type").orElse(""))
                    .startsWith("text/html");
            assertThat(page.join().body()).contains("longer than the 2s");
        }
        for (String path : QUERIES) {
            assertThat(TestCatalog.get(path).status()).as(path).isEqualTo(200);
        }
        assertThat(
                        TestCatalog.meters()
                                .get("twofold.query")
                                .tag("query", "ListProducts")
                                .tag("outcome", "error")
                                .timer()
                                .count())
                .isEqualTo(2);
    }

    @Test
    void queries_beyond_those_answered_at_once_are_given_up() throws SQLException {
        try (Connection connection =
                        EmbeddedPostgres.running(TestCatalog.data()).orElseThrow().connect();
                Statement statement = connection.createStatement();
                HttpClient client = HttpClient.newHttpClient()) {
            connection.setAutoCommit(false);
            statement.execute("LOCK TABLE daily_changes IN ACCESS EXCLUSIVE MODE");
            List<CompletableFuture<HttpResponse<String>>> asked =
                    Stream.generate(() -> ask(client, "/changes", "application/json"))
                            .limit(24) // twice catalog.queries-at-once
                            .toList();
            List<HttpResponse<String>> busy =
                    asked.stream()
                            .map(CompletableFuture::join)
                            .filter(one -> one.body().contains("problem:too-many-queries"))
                            .toList();

            assertThat(busy)
                    .hasSizeBetween(1, 12)
                    .allSatisfy(
                            one -> {
                                assertThat(one.statusCode()).isEqualTo(503);
                                assertThat(one.headers().firstValue("Retry-After")).contains("1");
                            });
        }
        assertThat(TestCatalog.get("/changes").status()).isEqualTo(200);
    }

    private static CompletableFuture<HttpResponse<String>> ask(
            HttpClient client, String path, String type) {
        return client.sendAsync(
                TestCatalog.request(path, "Accept", type).build(), BodyHandlers.ofString());
    }
}
