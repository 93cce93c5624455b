package dev.twofold.catalog.product;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.catalog.TestCatalog;
import dev.twofold.catalog.TestCatalog.Answer;
import dev.twofold.catalog.database.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The page on which an editor changes a price, in a browser.
@Tag("browser")
class EditPageTest {
    private static Browser browser;

    @BeforeAll
    static void start(@TempDir Path profile) throws IOException {
        browser = new Browser(profile);
    }

    @AfterAll
    static void stop() {
        browser.close();
    }

    private static void open(String id) {
        Answer created =
                TestCatalog.post(
                        "/products",
                        """
                        {"productId": "%s", "sku": "SKU-%s", "name": "Kettle", "price": 24.9,
                         "currency": "EUR"}
                        """
                                .formatted(id, id));
        TestCatalog.getAfter(created, "/products/" + id);
        browser.open(TestCatalog.address().resolve("/products/%s/edit".formatted(id)));
        assertThat(browser.text("price")).isEqualTo("€24.90");
    }

    private static void change(String price) {
        browser.evaluate(
                "document.forms.change.price.value = '%s'; document.forms.change.requestSubmit()"
                        .formatted(price));
    }

    private static int prices(String id) {
        return TestCatalog.get("/products/%s/prices".formatted(id)).body().path("items").size();
    }

    @Test
    void shows_a_change_as_pending_until_readers_see_it() throws SQLException, IOException {
        open("edited");
        try (Connection holding =
                        EmbeddedPostgres.running(TestCatalog.data()).orElseThrow().connect();
                Statement statement = holding.createStatement()) {
            holding.setAutoCommit(false);
            statement.execute(
                    "SELECT 1 FROM twofold.checkpoint WHERE projection = 'product-page' FOR"
                            + " UPDATE");
            change("19.5");

            browser.await("state", "pending");
            assertThat(browser.text("price")).isEqualTo("€19.50");
            Awaitility.await("it is recorded, though no reader sees it")
                    .until(() -> prices("edited") == 2);
            assertThat(browser.text("state")).isEqualTo("pending");
            assertThat(TestCatalog.get("/products/edited").text("formattedPrice"))
                    .isEqualTo("€24.90");
            browser.show(Path.of("target", "edit-page-pending.png"));
        }
        browser.await("state", "readers see it");
        assertThat(browser.text("price")).isEqualTo("€19.50");
        assertThat(TestCatalog.get("/products/edited").text("formattedPrice")).isEqualTo("€19.50");

        change("18"); // of the version that came of it
        browser.await("price", "€18.00");
        browser.await("state", "readers see it");
        browser.show(Path.of("target", "edit-page-seen.png"));
    }

    @Test
    void takes_back_what_is_refused_and_says_why() throws IOException {
        open("refused");
        change("-1");
        browser.await("reason", "price");
        assertThat(browser.text("price")).isEqualTo("€24.90");
        assertThat(browser.text("state")).isEmpty();
        browser.show(Path.of("target", "edit-page-refused.png"));

        change("one");
        browser.await("reason", "\"one\" is no price");
        assertThat(prices("refused")).isEqualTo(1);
    }

    @Test
    void shows_what_somebody_else_has_made_of_it_meanwhile() {
        open("overtaken");
        Answer other =
                TestCatalog.post(
                        "/products/overtaken/price", "{\"price\": 30, \"currency\": \"EUR\"}");
        change("20");
        browser.await("reason", "it has changed since");
        browser.await("price", "€30.00");
        assertThat(TestCatalog.getAfter(other, "/products/overtaken").text("formattedPrice"))
                .isEqualTo("€30.00");

        change("20"); // seen now
        browser.await("state", "readers see it");
        assertThat(browser.text("price")).isEqualTo("€20.00");
    }

    @Test
    void a_change_whose_answer_was_lost_is_sent_again_and_has_one_effect() {
        open("lost");
        browser.evaluate(
                "real = fetch; lost = 0; fetch = async (where, how) => {"
                        + " const answer = await real(where, how);"
                        + " if (how.method === 'POST' && lost++ === 0) throw new TypeError('lost');"
                        + " return answer; }");
        change("22");
        browser.await("state", "readers see it");
        assertThat(browser.text("price")).isEqualTo("€22.00");
        assertThat(browser.evaluate("'' + lost")).isEqualTo("2");
        assertThat(prices("lost")).isEqualTo(2);
    }

    @Test
    void keeps_a_key_for_its_tab_only_and_sends_it() {
        open("keyed");
        browser.evaluate("document.forms.change.key.value = 'no-such-key'");
        change("21");
        browser.await("reason", "This takes the API key of an editor");
        assertThat(browser.text("price")).isEqualTo("€24.90");
        assertThat(browser.evaluate("sessionStorage.getItem('twofold-key')"))
                .isEqualTo("no-such-key");
        assertThat(browser.evaluate("localStorage.length + document.cookie")).isEqualTo("0");
        browser.evaluate("sessionStorage.clear()");
    }
}
