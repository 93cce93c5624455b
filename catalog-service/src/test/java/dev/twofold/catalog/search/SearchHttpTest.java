package dev.twofold.catalog.search;

import static dev.twofold.catalog.TestCatalog.get;
import static dev.twofold.catalog.TestCatalog.getAfter;
import static dev.twofold.catalog.TestCatalog.post;
import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.catalog.TestCatalog;
import dev.twofold.catalog.TestCatalog.Answer;
import dev.twofold.catalog.database.EmbeddedPostgres;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// Search over HTTP in a catalog that other tests use too: whatever is found here has the brand
/// Quibbleton or Zaubermann, or the word "qux".
class SearchHttpTest {
    private static final List<Answer> SHOP = new ArrayList<>();

    @BeforeAll
    static void shop() {
        post("/brands", "{\"brandId\": \"quibbleton\", \"name\": \"Quibbleton\"}");
        post("/brands", "{\"brandId\": \"zaubermann\", \"name\": \"Zaubermann\"}");
        post("/categories", "{\"categoryId\": \"qgear\", \"name\": \"Quidditch Gear\"}");
        post(
                "/categories",
                "{\"categoryId\": \"qbrooms\", \"parentId\": \"qgear\", \"name\": \"Brooms\"}");
        product(
                "q-broom",
                "Flying Broomstick",
                "Swift as the wind",
                "150",
                5,
                "quibbleton",
                "qbrooms");
        product("q-care", "Handle Polish", "For every broomstick", "12", 0, "quibbleton", "qgear");
        product(
                "q-muesli",
                "Knusper-Müsli mit Äpfeln",
                "Crème brûlée inside",
                "4",
                9,
                "zaubermann",
                null);
        product("q-cape", "Invisible Cape", "Nobody sees it", "220", 3, "zaubermann", "qgear");
        SHOP.add(
                product(
                        "q-broom2",
                        "Broomstick for Children",
                        "Slow",
                        "45",
                        2,
                        "zaubermann",
                        "qbrooms"));
    }

    private static Answer product(
            String id,
            String name,
            String description,
            String price,
            int stock,
            String brand,
            @Nullable String category) {
        Answer created =
                post(
                        "/products",
                        """
                        {"productId": "%s", "sku": "SKU-%s", "name": "%s", "description": %s,
                         "price": %s, "currency": "EUR", "stock": %d, "brandId": "%s",
                         "categoryId": %s}
                        """
                                .formatted(
                                        id,
                                        id,
                                        name,
                                        description.isEmpty() ? null : "\"" + description + "\"",
                                        price,
                                        stock,
                                        brand,
                                        category == null ? null : "\"" + category + "\""));
        assertThat(created.status()).as(created.response().body()).isEqualTo(202);
        return created;
    }

    private static Answer search(String query) {
        Answer answer = getAfter(SHOP.getLast(), "/search?" + query);
        assertThat(answer.status()).as(answer.response().body()).isEqualTo(200);
        return answer;
    }

    private static String q(String text) {
        return "q=" + URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static List<String> ids(Answer answer) {
        return ids(answer.body());
    }

    private static List<String> ids(JsonNode body) {
        return StreamSupport.stream(body.path("items").spliterator(), false)
                .map(item -> item.path("id").asString())
                .toList();
    }

    @Test
    void a_word_in_the_name_counts_more_than_one_in_the_description() {
        assertThat(ids(search(q("broomstick"))))
                .containsExactlyInAnyOrder("q-broom", "q-broom2", "q-care")
                .endsWith("q-care");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "broomsticks flying | q-broom", // another form, another order
                "quibbleton polish | q-care", // brand and name
                "quidditch cape | q-cape", // category path and name
                "nobody sees invisible | q-cape", // description and name
                "SKU-q-cape | q-cape",
                "MUSLI äpfeln | q-muesli", // case and accents
                "creme brulee | q-muesli",
                "\"slow broomstick\" | ", // not in a row
                "\"broomstick for children\" | q-broom2",
                "broomstick -children -polish | q-broom",
                "invisible or polish zaubermann | q-cape"
            })
    void finds_what_has_all_the_words(String text, String found) {
        assertThat(ids(search(q(text)))).isEqualTo(found == null ? List.of() : List.of(found));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "brromstick | broomstick",
                "broomstik childrem | broomstick children",
                "invisibel cape | invisible cape",
                "Zaubermnan | zaubermann",
                "Knuspr | knusper"
            })
    void corrects_words_that_no_product_has(String wrong, String right) {
        Answer corrected = search(q(wrong));

        assertThat(corrected.text("matching")).isEqualTo("corrected");
        assertThat(corrected.text("query")).isEqualTo(right);
        assertThat(ids(corrected)).isNotEmpty().isEqualTo(ids(search(q(right))));
    }

    @Test
    void asks_whether_another_word_was_meant_when_hardly_any_product_has_it() {
        product("q-wrong", "Broomstock", "A misprint", "1", 1, "quibbleton", "qgear");
        product("q-more", "Broomstick Stand", "Holds it", "1", 1, "quibbleton", "qgear");
        SHOP.add(product("q-more2", "Broomstick Case", "Packs it", "1", 1, "quibbleton", "qgear"));

        Answer few = search(q("broomstock"));

        assertThat(ids(few)).containsExactly("q-wrong");
        assertThat(few.text("matching")).isEqualTo("as-asked");
        assertThat(few.text("didYouMean")).isEqualTo("broomstick");
    }

    @Test
    void shows_what_has_some_of_the_words_when_nothing_has_all() {
        Answer some = search(q("quibbleton submarine periscope"));

        assertThat(some.text("matching")).isEqualTo("some-words");
        assertThat(ids(some)).contains("q-broom", "q-care");
        assertThat(search(q("\"quibbleton submarine\"")).body().path("items").isEmpty()).isTrue();
        assertThat(search(q("xyzzyplugh")).body().path("items").isEmpty()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "' & | ! :* ()",
                "broomstick:* & !!",
                "((((",
                "\\",
                "'); DROP TABLE search_english; --",
                "\"unclosed",
                "- - -",
                "or or or",
                "%",
                "_",
                "the",
                "\uE000\uE001",
                "<script>alert(1)</script>",
                "🧹"
            })
    void takes_any_text_for_words(String text) {
        search(q(text));
        assertThat(ids(search(q("broomstick " + text)))).isNotNull();
        assertThat(getAfter(SHOP.getLast(), "/suggestions?prefix=" + q(text).substring(2)).status())
                .isEqualTo(200);
    }

    @Test
    void without_words_all_products_are_shown_and_a_text_too_long_is_refused() {
        assertThat(ids(search("q=&brand=quibbleton,zaubermann&limit=100")))
                .contains("q-broom", "q-muesli");

        Answer refused = get("/search?q=" + "a".repeat(201));
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.problem()).isEqualTo("query-too-long");
        assertThat(refused.text("detail")).contains("at most 200", "201");
        search("q=" + "ab%20".repeat(66));
    }

    @ParameterizedTest
    @CsvSource({
        "sort=relevance, sort",
        "q=x&sort=best, sort",
        "minPrice=cheap, minPrice",
        "minRating=-1, minRating",
        "inStock=yes, inStock",
        "limit=101, limit",
        "q=x&after=bm9uc2Vuc2U, after",
        "facets=all, facets",
        "page=2, page"
    })
    void refuses_a_parameter_that_is_none(String query, String field) {
        Answer refused = get("/search?" + query);
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.text("field")).isEqualTo(field);
    }

    @Test
    void filters_by_category_brand_price_rating_and_stock() {
        assertThat(ids(search(q("broomstick") + "&brand=zaubermann"))).containsExactly("q-broom2");
        assertThat(ids(search("category=qbrooms&brand=quibbleton,zaubermann")))
                .containsExactlyInAnyOrder("q-broom", "q-broom2");
        assertThat(ids(search("category=qgear&brand=zaubermann&sort=price")))
                .containsExactly("q-broom2", "q-cape");
        assertThat(ids(search("category=qgear&brand=zaubermann&sort=-price&minPrice=45")))
                .containsExactly("q-cape", "q-broom2");
        assertThat(ids(search("brand=zaubermann&maxPrice=45&minPrice=4.01")))
                .containsExactly("q-broom2");
        assertThat(ids(search(q("handle polish") + "&inStock=true"))).isEmpty();
        assertThat(ids(search(q("handle polish") + "&inStock=false"))).containsExactly("q-care");

        SHOP.add(post("/products/q-cape/reviews", "{\"customerId\": \"c\", \"rating\": 4}"));
        assertThat(ids(search("brand=zaubermann&minRating=4"))).containsExactly("q-cape");
        assertThat(ids(search("brand=zaubermann&minRating=4.5"))).isEmpty();
    }

    @Test
    void counts_each_kind_with_the_other_filters() {
        for (int i = 0; i < 6; i++) {
            SHOP.add(
                    product(
                            "qux-" + i,
                            "Qux " + i,
                            "",
                            i < 3 ? "5" : "150",
                            i % 2,
                            i < 4 ? "quibbleton" : "zaubermann",
                            i < 5 ? "qbrooms" : "qgear"));
        }

        SHOP.add(post("/products/qux-0/reviews", "{\"customerId\": \"c\", \"rating\": 5}"));
        SHOP.add(post("/products/qux-1/reviews", "{\"customerId\": \"c\", \"rating\": 3}"));
        SHOP.add(post("/products/qux-4/reviews", "{\"customerId\": \"c\", \"rating\": 4}"));

        JsonNode all = search(q("qux")).body().path("facets");
        assertThat(all.path("total").intValue()).isEqualTo(6);
        assertThat(all.path("atLeast").booleanValue()).isFalse();
        assertThat(counts(all, "brands", "id")).containsExactly("quibbleton 4", "zaubermann 2");
        assertThat(counts(all, "categories", "id")).containsExactly("qgear 6");
        assertThat(counts(all, "prices", "from")).containsExactly("5 3", "100 3");
        assertThat(all.path("prices").get(1).path("to").asString()).isEqualTo("199.99");
        assertThat(counts(all, "ratings", "atLeast"))
                .containsExactly("5 1", "4 2", "3 3", "2 3", "1 3");
        assertThat(all.path("stock").path("inStock").intValue()).isEqualTo(3);
        assertThat(all.path("stock").path("outOfStock").intValue()).isEqualTo(3);

        JsonNode one = search(q("qux") + "&brand=zaubermann&category=qgear").body().path("facets");
        assertThat(one.path("total").intValue()).isEqualTo(2);
        assertThat(counts(one, "brands", "id")).containsExactly("zaubermann 2", "quibbleton 4");
        assertThat(counts(one, "categories", "id")).containsExactly("qgear 2", "qbrooms 1");
        assertThat(counts(one, "prices", "from")).containsExactly("100 2");

        JsonNode dear = search(q("qux") + "&minPrice=100&maxPrice=199.99").body().path("facets");
        assertThat(counts(dear, "prices", "from")).containsExactly("5 3", "100 3");
        assertThat(counts(dear, "brands", "id")).containsExactly("zaubermann 2", "quibbleton 1");

        JsonNode good = search(q("qux") + "&minRating=4").body().path("facets");
        assertThat(good.path("total").intValue()).isEqualTo(2);
        assertThat(counts(good, "ratings", "atLeast"))
                .containsExactly("5 1", "4 2", "3 3", "2 3", "1 3");
        assertThat(counts(good, "brands", "id")).containsExactly("quibbleton 1", "zaubermann 1");
        assertThat(ids(search(q("qux") + "&sort=rating"))).startsWith("qux-0", "qux-4", "qux-1");

        assertThat(search(q("qux") + "&facets=false").body().path("facets").isNull()).isTrue();
    }

    private static List<String> counts(JsonNode facets, String kind, String name) {
        return StreamSupport.stream(facets.path(kind).spliterator(), false)
                .map(one -> one.path(name).asString() + " " + one.path("count").asString())
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"relevance", "rating", "price", "-price", "name"})
    void pages_through_what_was_there_while_products_come(String sort) {
        String word = "page" + (sort.startsWith("-") ? "dearest" : sort);
        List<String> before = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            String id = "%s-%d".formatted(word, i);
            before.add(id);
            SHOP.add(product(id, word + " number " + i % 3, "", "" + i % 4, 1, "quibbleton", null));
        }
        List<String> seen = new ArrayList<>();
        JsonNode page = search(q(word) + "&sort=" + sort + "&limit=2").body();
        seen.addAll(ids(page));
        for (int i = 0; !page.path("next").isNull(); i++) {
            SHOP.add(
                    product(
                            "%s-new-%d".formatted(word, i),
                            word + " number " + i,
                            "",
                            "" + i,
                            1,
                            "quibbleton",
                            null));
            Answer next = getAfter(SHOP.getLast(), page.path("next").asString());
            assertThat(next.status()).isEqualTo(200);
            page = next.body();
            seen.addAll(ids(page));
            assertThat(i).as("pages").isLessThan(50);
        }
        assertThat(seen).doesNotHaveDuplicates().containsAll(before);
    }

    @Test
    void an_answer_is_no_older_than_its_token_and_has_an_entity_tag() {
        Answer created = product("q-fresh", "Freshquux", "", "1", 1, "quibbleton", null);
        Answer found = getAfter(created, "/search?q=freshquux");
        assertThat(ids(found)).containsExactly("q-fresh");
        assertThat(found.header("Preference-Applied")).isEqualTo("wait=20");

        Answer renamed = post("/products/q-fresh/name", "{\"name\": \"Renamedquux\"}");
        Answer gone = getAfter(renamed, "/search?q=freshquux");
        assertThat(ids(gone)).isEmpty();

        String tag = String.valueOf(gone.header("ETag"));
        assertThat(get("/search?q=freshquux", "If-None-Match", tag).status()).isEqualTo(304);
        assertThat(get("/search?q=x", "Consistency-Token", "nonsense").problem())
                .isEqualTo("invalid-consistency-token");
    }

    @Test
    void products_that_are_no_longer_sold_are_not_found() {
        Answer created = product("q-gone", "Vanishquux", "", "1", 1, "quibbleton", null);
        assertThat(ids(getAfter(created, "/search?q=vanishquux"))).containsExactly("q-gone");

        Answer gone = TestCatalog.send(TestCatalog.request("/products/q-gone").DELETE());

        assertThat(ids(getAfter(gone, "/search?q=vanishquux"))).isEmpty();
        assertThat(getAfter(gone, "/suggestions?prefix=vanishquux").body().path("items").isEmpty())
                .isTrue();
    }

    @Test
    void a_brand_that_is_renamed_is_found_by_its_new_name() {
        post("/brands", "{\"brandId\": \"oldquux\", \"name\": \"Oldquux\"}");
        product("q-renamed", "Thing", "", "1", 1, "oldquux", null);
        Answer renamed = post("/brands/oldquux/name", "{\"name\": \"Newquux\"}");

        assertThat(ids(getAfter(renamed, "/search?q=newquux"))).containsExactly("q-renamed");
        assertThat(ids(getAfter(renamed, "/search?" + q("\"oldquux\"")))).isEmpty();
    }

    @Test
    void marks_what_was_looked_for_as_text_and_never_as_markup() {
        Answer created =
                product(
                        "q-evil",
                        "<img src=x onerror=alert(1)> evilquux & \uE000Co\uE001",
                        "the evilquux </mark><script>alert('evilquux')</script> text",
                        "1",
                        1,
                        "quibbleton",
                        null);

        JsonNode hit = getAfter(created, "/search?q=evilquux").body().path("items").get(0);
        assertThat(passages(hit.path("highlightedName")))
                .contains("[evilquux]")
                .noneMatch(passage -> passage.contains("[Co"));
        assertThat(passages(hit.path("snippet"))).contains("[evilquux]");

        String page =
                get(
                                "/search?q=evilquux",
                                "Accept",
                                "text/html",
                                "Consistency-Token",
                                created.token(),
                                "Prefer",
                                "wait=20")
                        .response()
                        .body();
        assertThat(page)
                .contains("<mark>evilquux</mark>")
                .doesNotContain("<img", "<script>alert", "</mark></mark>", "onerror=alert(1)>");
        String asked =
                get("/search?" + q("\"><script>x</script>"), "Accept", "text/html")
                        .response()
                        .body();
        assertThat(asked).doesNotContain("<script>x").contains("&lt;script&gt;x");
    }

    private static List<String> passages(JsonNode passages) {
        return StreamSupport.stream(passages.spliterator(), false)
                .map(
                        one ->
                                one.path("hit").booleanValue()
                                        ? "[" + one.path("text").asString() + "]"
                                        : one.path("text").asString())
                .toList();
    }

    @Test
    void suggests_categories_brands_and_products_by_the_beginning_of_a_word() {
        JsonNode items = getAfter(SHOP.getLast(), "/suggestions?prefix=qui").body().path("items");
        assertThat(suggestions(items))
                .contains(
                        "category Quidditch Gear /search?category=qgear",
                        "brand Quibbleton /search?brand=quibbleton");
        assertThat(
                        suggestions(
                                getAfter(SHOP.getLast(), "/suggestions?prefix=invis")
                                        .body()
                                        .path("items")))
                .containsExactly("product Invisible Cape /products/q-cape");
        assertThat(
                        suggestions(
                                getAfter(SHOP.getLast(), "/suggestions?prefix=KNUSPER-MUS")
                                        .body()
                                        .path("items")))
                .containsExactly("product Knusper-Müsli mit Äpfeln /products/q-muesli");
        assertThat(get("/suggestions?prefix=nvisible").body().path("items").isEmpty()).isTrue();
        assertThat(get("/suggestions").body().path("items").isEmpty()).isTrue();
        assertThat(get("/suggestions?prefix=" + "a".repeat(101)).status()).isEqualTo(400);
    }

    private static List<String> suggestions(JsonNode items) {
        return StreamSupport.stream(items.spliterator(), false)
                .map(
                        one ->
                                "%s %s %s"
                                        .formatted(
                                                one.path("kind").asString(),
                                                one.path("text").asString(),
                                                one.path("address").asString()))
                .toList();
    }

    @Test
    void a_page_for_people_has_links_that_narrow_it_down_and_back() {
        String page =
                get(
                                "/search?" + q("broomstick") + "&brand=zaubermann",
                                "Accept",
                                "text/html",
                                "Consistency-Token",
                                SHOP.getLast().token(),
                                "Prefer",
                                "wait=20")
                        .response()
                        .body();
        assertThat(page)
                .contains("<mark>Broomstick</mark> for Children")
                .contains("href=\"/search?q=broomstick\" aria-current=\"true\"") // takes it back
                .contains("brand=zaubermann%2Cquibbleton")
                .contains("q=broomstick&amp;category=qgear&amp;brand=zaubermann")
                .contains("value=\"broomstick\"");
        assertThat(get("/search?q=xyzzyplugh", "Accept", "text/html").response().body())
                .contains("Nothing was found");
    }

    @Test
    void a_query_that_takes_too_long_is_stopped() throws SQLException {
        try (Connection connection =
                        EmbeddedPostgres.running(TestCatalog.data()).orElseThrow().connect();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("LOCK TABLE search_english IN ACCESS EXCLUSIVE MODE");

            Answer stopped = get("/search?q=broomstick");

            assertThat(stopped.status()).isEqualTo(503);
            assertThat(stopped.problem()).isEqualTo("query-too-costly");
            assertThat(stopped.header("Retry-After")).isEqualTo("10");
            assertThat(stopped.text("detail")).contains("ask for less");
        }
        assertThat(get("/search?q=broomstick").status()).isEqualTo(200);
    }

    @Test
    void queries_are_measured() {
        search(q("broomstick"));
        assertThat(
                        TestCatalog.meters()
                                .find("twofold.query")
                                .tag("query", "SearchProducts")
                                .tag("outcome", "answered")
                                .timer())
                .isNotNull();
    }
}
