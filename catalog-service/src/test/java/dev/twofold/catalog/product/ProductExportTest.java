package dev.twofold.catalog.product;

import static dev.twofold.catalog.TestCatalog.address;
import static dev.twofold.catalog.TestCatalog.get;
import static dev.twofold.catalog.TestCatalog.getAfter;
import static dev.twofold.catalog.TestCatalog.post;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.catalog.TestCatalog.Answer;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ProductExportTest {
    private static final JsonMapper JSON = new JsonMapper();

    @Test
    void streams_all_products_once_over_many_chunks_and_resumes() {
        Answer last = null;
        for (int i = 0; i < 510; i++) {
            last =
                    post(
                            "/products",
                            """
                            {"productId": "export-%04d", "sku": "EXPORT-%d", "name": "Exported %d",
                             "price": 1, "currency": "EUR"}
                            """
                                    .formatted(i, i, i));
        }
        Answer all = getAfter(java.util.Objects.requireNonNull(last), "/export/products");
        assertThat(all.status()).isEqualTo(200);
        assertThat(all.header("Content-Type")).startsWith("application/x-ndjson");
        assertThat(all.header("Cache-Control")).contains("no-store");
        assertThat(all.header("Consistency-Token")).isNotNull();
        List<String> lines = all.response().body().lines().toList();
        List<String> ids = ids(lines);
        assertThat(ids).doesNotHaveDuplicates();
        assertThat(ids.stream().filter(id -> id.startsWith("export-"))).hasSize(510);
        int middle = ids.indexOf("export-0250");
        assertThat(JSON.readTree(lines.get(middle)))
                .isEqualTo(JSON.readTree(get("/products/export-0250").response().body()));
        List<String> rest =
                ids(get("/export/products?after=export-0250").response().body().lines().toList());
        assertThat(rest).isEqualTo(ids.subList(middle + 1, ids.size()));
        assertThat(get("/export/products?limit=1").problem()).isEqualTo("unknown-parameter");
    }

    @Test
    void compresses_answers_for_those_who_take_gzip() throws Exception {
        Answer created =
                post(
                        "/products",
                        """
                        {"productId": "zipped", "sku": "ZIPPED", "name": "Zipped", "price": 1,
                         "currency": "EUR", "description": "%s"}
                        """
                                .formatted("long ".repeat(500)));
        Answer plain = getAfter(created, "/products/zipped");
        HttpResponse<InputStream> zipped;
        try (HttpClient client = HttpClient.newHttpClient()) {
            zipped =
                    client.send(
                            HttpRequest.newBuilder(address().resolve("/products/zipped"))
                                    .header("Accept-Encoding", "gzip")
                                    .build(),
                            BodyHandlers.ofInputStream());
            assertThat(zipped.headers().firstValue("Content-Encoding")).contains("gzip");
            assertThat(zipped.headers().allValues("Vary").toString())
                    .containsIgnoringCase("Accept-Encoding");
            assertThat(zipped.headers().firstValue("ETag")).contains(plain.header("ETag"));
            String body =
                    new String(
                            new GZIPInputStream(zipped.body()).readAllBytes(),
                            StandardCharsets.UTF_8);
            assertThat(body).isEqualTo(plain.response().body());
        }
    }

    private static List<String> ids(List<String> lines) {
        List<String> ids = new ArrayList<>();
        for (String line : lines) {
            JsonNode product = JSON.readTree(line);
            ids.add(product.path("id").asString());
        }
        return ids;
    }
}
