package dev.twofold.catalog.feed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.catalog.OwnCatalog;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class FeedExportTest {
    private static final JsonMapper JSON = new JsonMapper();
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final String TSV = "text/tab-separated-values";

    /// Whatever may go wrong on the way from a cell to a cell.
    private static final String FEED =
            """
            id,title,description,price,sale_price,availability,quantity,brand,product_type,color,gtin,link
            E-1,"Kettle, 8"" wide","Whistles.
            On two\tlines, ""loudly"".",24.90 EUR,19.90 EUR,in_stock,7,Acme,Kitchen > Kettles,red,4006381333931,https://shop.example/1
            E-2,=SUM(A1),"  indented  ",1000 JPY,,preorder,0,Acme,Kitchen > Kettles,,,
            E-3,Straße 東京 👟,,0.00 EUR,,out_of_stock,0,,,"  padded ",,
            E-4,E-4,'quoted',1.10 INR,1.10 INR,in_stock,1000000000,Ünique & Söhne,Garden,"a	b",,
            "E 5, too",""\"all in quotes""\","ends with a break
            ",5 EUR,,,3,""\"Quoted""\",Kitchen > Pots & Pans,,0000,
            """;

    @TempDir private static Path temp;
    private static OwnCatalog first;
    private static OwnCatalog second;

    @BeforeAll
    static void start() throws Exception {
        first = new OwnCatalog(temp.resolve("first"));
        second = new OwnCatalog(temp.resolve("second"));
        assertThat(upload(first, FEED, "text/csv").path("rejected").asInt()).isZero();
    }

    @AfterAll
    static void stop() {
        first.close();
        second.close();
    }

    @Test
    void exports_a_feed_that_imports_to_the_same_state() throws Exception {
        first.send("POST", "/brands/acme/name", "{\"name\": \"ACME Inc.\"}");
        first.send("POST", "/categories/kitchen/name", "{\"name\": \"Cooking\"}");
        first.create("gone");
        first.send("DELETE", "/products/gone", "");
        first.send(
                "POST",
                "/products",
                """
                {"productId": "by-hand", "sku": "E-6", "name": "By hand", "price": 3, "currency": "EUR",
                 "description": "One\\r\\ntwo\\rthree\\n", "attributes": {"size": " L\\r\\n"}}
                """);
        long head = first.head();

        String feed = export(first, "/export/feed", head);
        assertThat(feed.lines().findFirst())
                .contains(
                        "id\ttitle\tdescription\tprice\tsale_price\tavailability\tquantity"
                                + "\tbrand\tproduct_type\tcolor\tgtin\tlink\tsize");
        assertThat(feed).doesNotContain("SKU-gone");

        JsonNode other = upload(second, feed, TSV);
        assertThat(other.path("created").asInt()).isEqualTo(6);
        assertThat(other.path("rejected").asInt()).isZero();
        assertThat(products(second, second.head())).isEqualTo(products(first, head)).hasSize(6);

        JsonNode same = upload(first, feed, TSV);
        assertThat(same.path("unchanged").asInt()).isEqualTo(6);
        assertThat(same.path("events").asInt()).isZero();
        assertThat(first.head()).isEqualTo(head);
    }

    @Test
    void says_which_products_no_feed_can_state() throws Exception {
        try (OwnCatalog catalog = new OwnCatalog(temp.resolve("unstated"))) {
            upload(catalog, FEED, "text/csv");
            create(catalog, "double", "\"name\": \"Two  blanks\"");
            create(catalog, "shouts", "\"name\": \"S\", \"attributes\": {\"Color\": \"red\"}");
            create(catalog, "priced", "\"name\": \"P\", \"attributes\": {\"price\": \"1\"}");
            create(
                    catalog,
                    "forger",
                    "\"name\": \"F\", \"description\": \"%s\""
                            .formatted("E-1\\tForged\\t1 EUR\\n".repeat(101)));
            catalog.send("POST", "/brands", "{\"brandId\": \"twin\", \"name\": \"Twin\"}");
            catalog.send("POST", "/brands/twin/name", "{\"name\": \"Acme\"}");
            create(catalog, "twin", "\"name\": \"T\", \"brandId\": \"twin\"");
            catalog.send("POST", "/categories", "{\"categoryId\": \"odd\", \"name\": \"A > B\"}");
            create(catalog, "odd", "\"name\": \"O\", \"categoryId\": \"odd\"");
            long head = catalog.head();

            HttpResponse<String> refused = get(catalog, "/export/feed", head);
            assertThat(refused.statusCode()).isEqualTo(409);
            Map<String, String> reasons = new TreeMap<>();
            JSON.readTree(refused.body())
                    .path("products")
                    .forEach(
                            one ->
                                    reasons.put(
                                            one.path("productId").asString(),
                                            one.path("reason").asString()));
            assertThat(reasons)
                    .containsOnlyKeys("double", "shouts", "priced", "forger", "twin", "odd");
            assertThat(reasons.get("double")).contains("title", "Two blanks", "Two  blanks");
            assertThat(reasons.get("shouts")).contains("Color", "color");
            assertThat(reasons.get("twin")).contains("Acme", "acme", "twin");
            assertThat(reasons.get("odd")).contains("product_type", "A > B");

            String feed = export(catalog, "/export/feed?partial=true", head);
            JsonNode again = upload(catalog, feed, TSV);
            assertThat(again.path("unchanged").asInt()).isEqualTo(5);
            assertThat(catalog.head()).isEqualTo(head);
        }
    }

    private static void create(OwnCatalog catalog, String id, String fields)
            throws IOException, InterruptedException {
        HttpResponse<String> created =
                catalog.send(
                        "POST",
                        "/products",
                        "{\"productId\": \"%s\", \"sku\": \"%s\", \"price\": 1, \"currency\": \"EUR\", %s}"
                                .formatted(id, id, fields));
        assertThat(created.statusCode()).as(created.body()).isEqualTo(201);
    }

    /// Imports a feed, and returns what became of it.
    private static JsonNode upload(OwnCatalog catalog, String feed, String type)
            throws IOException, InterruptedException {
        URI feeds = catalog.address().resolve("/feeds");
        HttpResponse<String> sent =
                CLIENT.send(
                        HttpRequest.newBuilder(feeds)
                                .header("Content-Type", type)
                                .POST(BodyPublishers.ofString(feed))
                                .build(),
                        BodyHandlers.ofString());
        String check = JSON.readTree(sent.body()).path("checkUrl").asString();
        JsonNode progress = catalog.json("GET", check, "");
        while (List.of("waiting", "running").contains(progress.path("state").asString())) {
            progress = catalog.json("GET", check, "");
        }
        assertThat(progress.path("state").asString()).isEqualTo("done");
        return progress;
    }

    private static String export(OwnCatalog catalog, String path, long position)
            throws IOException, InterruptedException {
        HttpResponse<String> answer = get(catalog, path, position);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Type").orElseThrow()).startsWith(TSV);
        return answer.body();
    }

    /// What the products are, by SKU, but for what no feed states: ids, times and versions.
    private static Map<String, JsonNode> products(OwnCatalog catalog, long position)
            throws IOException, InterruptedException {
        Map<String, JsonNode> products = new TreeMap<>();
        for (String line : get(catalog, "/export/products", position).body().lines().toList()) {
            ObjectNode product = (ObjectNode) JSON.readTree(line);
            if (!product.path("discontinued").asBoolean()) {
                product.remove(
                        List.of(
                                "id",
                                "createdAt",
                                "updatedAt",
                                "version",
                                "brandId",
                                "categoryId"));
                product.path("categoryPath").forEach(step -> ((ObjectNode) step).remove("id"));
                products.put(product.path("sku").asString(), product);
            }
        }
        return products;
    }

    private static HttpResponse<String> get(OwnCatalog catalog, String path, long position)
            throws IOException, InterruptedException {
        return CLIENT.send(
                HttpRequest.newBuilder(catalog.address().resolve(path))
                        .header("Consistency-Token", catalog.token(position))
                        .header("Prefer", "wait=20")
                        .build(),
                BodyHandlers.ofString());
    }
}
