package dev.twofold.catalog.feed;

import static dev.twofold.catalog.TestCatalog.get;
import static dev.twofold.catalog.TestCatalog.getAfter;
import static dev.twofold.catalog.TestCatalog.request;
import static dev.twofold.catalog.TestCatalog.send;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.catalog.TestCatalog.Answer;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FeedHttpTest {
    private static final String FEED =
            """
            id\ttitle\tbrand\tproduct_type\tprice\tquantity
            F-1\tFirst\tFeedbrand\tFood > Snacks\t10.00 INR\t5
            F-2\tSecond\tFeedbrand\tFood > Snacks\t20.00 INR\t0
            F-3\tThird\tFeedbrand\tFood > Snacks\tfree\t1
            """;

    @Test
    void takes_a_feed_from_its_upload_to_the_listing() {
        Answer sent = upload("/feeds", FEED);
        assertThat(sent.status()).isEqualTo(202);
        assertThat(sent.header("Location")).isEqualTo(sent.text("checkUrl"));

        Answer end = end(sent);
        assertThat(end.text("state")).isEqualTo("done");
        assertThat(end.body().path("lines").longValue()).isEqualTo(3);
        assertThat(end.body().path("created").longValue()).isEqualTo(2);
        assertThat(end.body().path("rejected").longValue()).isEqualTo(1);
        assertThat(end.body().path("bytes").longValue())
                .isEqualTo(end.body().path("totalBytes").longValue())
                .isEqualTo(FEED.length());

        Answer report = get(end.text("reportUrl"));
        assertThat(report.header("Content-Type")).isEqualTo("application/x-ndjson");
        List<String> problems = report.response().body().lines().toList();
        assertThat(problems).hasSize(1);
        assertThat(problems.getFirst()).contains("\"line\":4", "\"column\":\"price\"", "free");

        Answer brands = get("/brands?limit=1000");
        String brand =
                brands.body()
                        .path("items")
                        .valueStream()
                        .filter(item -> item.path("name").asString().equals("Feedbrand"))
                        .findFirst()
                        .orElseThrow()
                        .path("brandId")
                        .asString();
        Answer listed = getAfter(end, "/products?sort=name&brand=" + brand);
        assertThat(listed.body().path("items").get(0).path("name").asString()).isEqualTo("First");
        assertThat(listed.body().path("items").size()).isEqualTo(2);

        Answer again = end(upload("/feeds", FEED));
        assertThat(again.body().path("unchanged").longValue()).isEqualTo(2);
        assertThat(again.body().path("events").longValue()).isZero();
    }

    @Test
    void tells_what_an_import_would_do_without_doing_it() {
        Answer end =
                end(
                        upload(
                                "/feeds?dryRun=true",
                                FEED.replace("F-", "DRY-").replace("free", "1 INR")));
        assertThat(end.body().path("created").longValue()).isEqualTo(3);
        Answer listed = getAfter(end, "/products?sort=name&limit=100");
        assertThat(listed.response().body()).doesNotContain("DRY-");
    }

    @Test
    void says_why_it_cannot_import_what_is_no_feed() {
        Answer end = end(upload("/feeds", "hello\nworld\n"));
        assertThat(end.text("state")).isEqualTo("failed");
        assertThat(end.text("message")).contains("id");
        assertThat(get("/feeds/none").problem()).isEqualTo("unknown-feed");
        assertThat(upload("/feeds?dry=1", FEED).problem()).isEqualTo("unknown-parameter");
    }

    private static Answer upload(String path, String feed) {
        return send(
                request(path, "Content-Type", "text/tab-separated-values")
                        .POST(BodyPublishers.ofString(feed)));
    }

    private static Answer end(Answer sent) {
        Answer progress = get(sent.text("checkUrl"));
        while (Set.of("waiting", "running").contains(progress.text("state"))) {
            progress = get(sent.text("checkUrl"));
        }
        return progress;
    }
}
