package dev.twofold.catalog.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.catalog.TestCatalog;
import dev.twofold.catalog.TestCatalog.Answer;
import dev.twofold.catalog.http.Api.Operation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.core.MethodParameter;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.mvc.method.RequestMappingInfo;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Holds `openapi.yaml` against the endpoints that there are, and against what they answer.
class OpenApiTest {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Api API = new Api();

    /// Headers of any answer, which the file tells of in one sentence.
    private static final Set<String> EVERYWHERE =
            Set.of(
                    "cache-control",
                    "connection",
                    "content-disposition",
                    "content-length",
                    "content-security-policy",
                    "content-type",
                    "date",
                    "expires",
                    "keep-alive",
                    "pragma",
                    "referrer-policy",
                    "transfer-encoding",
                    "vary",
                    "x-content-type-options",
                    "x-frame-options",
                    "x-xss-protection");

    @Test
    void describes_every_endpoint_and_no_other() {
        Set<String> mapped = new TreeSet<>();
        endpoints().forEach((info, method) -> mapped.addAll(names(info)));
        mapped.removeIf(name -> name.endsWith(" /error") || name.endsWith("/actuator/health/**"));
        mapped.add("GET /actuator/health/liveness");
        mapped.add("GET /actuator/health/readiness");
        Set<String> described =
                API.operations().stream()
                        .map(operation -> plain(operation.toString()))
                        .collect(Collectors.toCollection(TreeSet::new));
        assertThat(described)
                .as(
                        "the operations of %s: add what an endpoint does, with its parameters,"
                                + " answers and an example, and take out what none does any more",
                        Api.FILE)
                .isEqualTo(mapped);
    }

    @Test
    void describes_the_fields_of_every_body() {
        endpoints()
                .forEach(
                        (info, method) -> {
                            Class<?> body = body(method);
                            if (body == null) {
                                return;
                            }
                            for (String name : names(info)) {
                                JsonNode schema =
                                        schema(
                                                operation(name)
                                                        .content()
                                                        .path("requestBody")
                                                        .path("content")
                                                        .path("application/json")
                                                        .path("schema"));
                                assertThat(schema.path("properties").propertyNames())
                                        .as("the fields of the body of %s in %s", name, Api.FILE)
                                        .containsExactlyElementsOf(fields(body, false));
                                assertThat(
                                                schema.path("required")
                                                        .valueStream()
                                                        .map(JsonNode::asString))
                                        .as("the fields that %s needs, in %s", name, Api.FILE)
                                        .containsExactlyElementsOf(fields(body, true));
                                assertThat(schema.path("additionalProperties").asBoolean(true))
                                        .as("whether %s takes other fields, in %s", name, Api.FILE)
                                        .isFalse();
                            }
                        });
    }

    /// Also those that the catalog of this test has nothing for, such as events that are set aside.
    @Test
    void describes_the_fields_of_every_answer() {
        List<String> faults = new ArrayList<>();
        Set<String> held = new TreeSet<>();
        endpoints()
                .forEach(
                        (info, method) -> {
                            Type answer = answer(method);
                            if (raw(answer).isRecord() || raw(answer) == Map.class) {
                                for (String name : names(info)) {
                                    for (JsonNode schema : answers(operation(name))) {
                                        held.add(name);
                                        Written.faults(API, answer, schema)
                                                .forEach(fault -> faults.add(name + " " + fault));
                                    }
                                }
                            }
                        });
        assertThat(faults).as("answers in %s", Api.FILE).isEmpty();
        assertThat(held).hasSizeGreaterThan(25);
    }

    @Test
    void says_what_every_object_and_every_array_holds() {
        List<String> vague = new ArrayList<>();
        each(
                API.file(),
                "",
                (place, node) -> {
                    Set<String> types = Api.types(node);
                    boolean array = types.contains("array") && !node.has("items");
                    boolean object =
                            types.contains("object")
                                    && !node.path("properties").isObject()
                                    && !node.has("additionalProperties");
                    if (array || object) {
                        vague.add(place);
                    }
                });
        assertThat(vague)
                .as(
                        "schemas of %s: name the properties or items, or that they may be any",
                        Api.FILE)
                .isEmpty();
    }

    /// Endpoints name the parameters that they know to whoever sends another.
    @Test
    void describes_every_parameter_of_a_query() {
        Pattern known = Pattern.compile("there is no parameter \"zz\" here, only \\[(.*)]");
        for (Operation operation : API.operations()) {
            if (operation.method().equals("GET") && !operation.path().startsWith("/actuator")) {
                Answer answer = TestCatalog.get(address(operation, Map.of()) + "?zz=1");
                Matcher only = known.matcher(answer.text("detail"));
                Set<String> parameters =
                        only.matches() && !only.group(1).isEmpty()
                                ? new TreeSet<>(Arrays.asList(only.group(1).split(", ")))
                                : new TreeSet<>();
                if (operation.path().equals("/products/{id}")) {
                    parameters.addAll(Set.of("at", "version")); // mappings of their own
                }
                if (only.matches() || answer.status() == 200) {
                    assertThat(API.parameters(operation, "query").keySet())
                            .as("the query parameters of %s in %s", operation, Api.FILE)
                            .containsExactlyInAnyOrderElementsOf(parameters);
                }
            }
        }
    }

    @Test
    void names_every_kind_of_problem() {
        Pattern named = Pattern.compile("(?:HttpStatus\\s*\\.\\w+|status),\\s*\"([a-z0-9-]+)\"");
        Set<String> problems = new TreeSet<>();
        for (String source : sources()) {
            named.matcher(source)
                    .results()
                    .forEach(found -> problems.add("urn:twofold:problem:" + found.group(1)));
        }
        assertThat(problems).hasSizeGreaterThan(50);
        assertThat(
                        API.file()
                                .at("/components/schemas/ProblemType/enum")
                                .valueStream()
                                .map(JsonNode::asString))
                .as("ProblemType in %s", Api.FILE)
                .containsExactlyInAnyOrderElementsOf(problems);
    }

    @Test
    void names_every_field_of_a_problem() {
        Pattern named = Pattern.compile("\\.with\\(\\s*\"(\\w+)\"");
        Set<String> fields = new TreeSet<>();
        for (String source : sources()) {
            named.matcher(source).results().forEach(found -> fields.add(found.group(1)));
        }
        assertThat(fields).contains("retryAfter", "wanted");
        assertThat(API.file().at("/components/schemas/Problem/properties").propertyNames())
                .as("Problem in %s", Api.FILE)
                .containsAll(fields);
    }

    @Test
    void has_an_example_of_every_body_that_is_json() {
        List<String> bare = new ArrayList<>();
        int[] bodies = {0};
        each(
                API.file(),
                "",
                (place, node) ->
                        node.path("content")
                                .forEachEntry(
                                        (type, body) -> {
                                            if (type.contains("json")) {
                                                bodies[0]++;
                                                if (!body.has("example")
                                                        && body.path("examples").isEmpty()) {
                                                    bare.add(place + " as " + type);
                                                }
                                            }
                                        }));
        assertThat(bare).as("bodies without an example in %s", Api.FILE).isEmpty();
        assertThat(bodies[0]).isGreaterThan(80);
    }

    @Test
    void has_examples_that_are_as_their_schemas_say() {
        List<String> faults = new ArrayList<>();
        int[] examples = {0};
        visit(API.file(), "", faults, examples);
        assertThat(faults).as("examples of %s", Api.FILE).isEmpty();
        assertThat(examples[0]).isGreaterThan(100);
    }

    @Test
    void is_a_description_that_holds_together() {
        assertThat(API.file().path("openapi").asString()).isEqualTo("3.1.0");
        Set<String> ids = new TreeSet<>();
        for (Operation operation : API.operations()) {
            assertThat(ids.add(operation.id())).as("%s is there once", operation.id()).isTrue();
            assertThat(API.parameters(operation, "path").keySet())
                    .as("the path parameters of %s", operation)
                    .containsExactlyInAnyOrderElementsOf(
                            Pattern.compile("\\{(\\w+)}")
                                    .matcher(operation.path())
                                    .results()
                                    .map(found -> found.group(1))
                                    .toList());
            assertThat(operation.content().path("security").isArray())
                    .as("%s says who may", operation)
                    .isTrue();
            operation
                    .content()
                    .path("responses")
                    .forEachEntry(
                            (status, answer) ->
                                    assertThat(
                                                    status.startsWith("2")
                                                            || !API.resolved(answer)
                                                                    .path("description")
                                                                    .isMissingNode())
                                            .isTrue());
        }
        Set<String> components = new TreeSet<>();
        API.file()
                .path("components")
                .forEachEntry(
                        (kind, all) -> {
                            if (!kind.equals("securitySchemes")) {
                                all.propertyNames()
                                        .forEach(
                                                name ->
                                                        components.add(
                                                                "#/components/%s/%s"
                                                                        .formatted(kind, name)));
                            }
                        });
        assertThat(API.references()).as("what refers to what").isEqualTo(components);
    }

    @Test
    void is_served_as_json_and_yaml() {
        Answer json = TestCatalog.get("/openapi.json");
        assertThat(json.header("Content-Type")).startsWith("application/json");
        assertThat(json.body()).isEqualTo(API.file());
        Answer yaml = TestCatalog.get("/openapi.yaml");
        assertThat(yaml.header("Content-Type")).startsWith("application/yaml");
        assertThat(yaml.response().body()).startsWith("openapi: 3.1.0");
        String tag = yaml.header("ETag");
        assertThat(TestCatalog.get("/openapi.yaml", "If-None-Match", tag + "").status())
                .isEqualTo(304);
    }

    @Test
    void is_what_the_running_catalog_answers() {
        Run run = new Run();
        run.products();
        run.brandsAndCategories();
        run.search();
        run.feeds();
        run.projections();
        run.webhooks();
        run.rest();
        run.problems();
        Set<String> all =
                API.operations().stream()
                        .map(Operation::id)
                        .collect(Collectors.toCollection(TreeSet::new));
        all.removeAll(Run.ELSEWHERE);
        assertThat(run.answered)
                .as("operations that were tried here: add new ones, with an answer of each kind")
                .isEqualTo(all);
        assertThat(run.empty)
                .as(
                        "operations that answered with no item: what they list was held against"
                                + " nothing")
                .containsExactly("listDeliveries"); // which WebhookHttpTest tries
    }

    /// Requests, each of whose answers is held against the file.
    private static final class Run {
        /// What takes a projection that has gone wrong, which ProjectionHttpTest tries, and the
        /// stream that does not end, of EventsHttpTest.
        static final Set<String> ELSEWHERE =
                Set.of("getParked", "retryParked", "dropParked", "skipEvent", "followChanges");

        final Set<String> answered = new TreeSet<>();

        /// Of those, what has only ever listed nothing.
        final Set<String> empty = new TreeSet<>();

        void products() {
            String body =
                    """
                    {"productId": "api-1", "sku": "API-1", "name": "One", "description": "First.",
                     "price": 12.5, "currency": "EUR", "salePrice": 10, "stock": 3,
                     "attributes": {"color": "red"}}
                    """;
            call("createProduct", 201, Map.of(), body, "Prefer", "wait=20");
            call("createProduct", 409, Map.of(), body);
            call(
                    "createProduct",
                    202,
                    Map.of(),
                    body.replace("api-1", "api-2").replace("API-1", "API-2"),
                    "Idempotency-Key",
                    "api-2");
            call(
                    "createProduct",
                    202,
                    Map.of(),
                    body.replace("api-1", "api-2").replace("API-1", "API-2"),
                    "Idempotency-Key",
                    "api-2");
            call("createProduct", 422, Map.of(), body, "Idempotency-Key", "api-2");
            call("createProduct", 400, Map.of(), "{\"nme\": 1}");
            call("createProduct", 415, Map.of(), "x", "Content-Type", "text/plain");
            Map<String, String> one = Map.of("id", "api-1");
            String revision =
                    "{\"name\": \"Uno\", \"price\": 12.5, \"currency\": \"EUR\", \"stock\": 3}";
            call("reviseProduct", 428, one, revision);
            call("reviseProduct", 412, one, revision, "If-Match", "\"77\"");
            call("reviseProduct", 200, one, revision, "If-Match", "*", "Prefer", "wait=20");
            call("renameProduct", 202, one, "{\"name\": \"One\"}");
            call("renameProduct", 422, one, "{\"name\": \" \"}");
            call("describeProduct", 202, one, "{\"description\": \"The first.\"}");
            call("changePrice", 202, one, "{\"price\": 13, \"currency\": \"EUR\"}");
            call("changeSalePrice", 202, one, "{\"salePrice\": 11, \"currency\": \"EUR\"}");
            call("adjustStock", 202, one, "{\"by\": 4}");
            call("adjustStock", 409, one, "{\"by\": -400}");
            call("submitReview", 202, one, "{\"customerId\": \"c\", \"rating\": 5}");
            call("submitReview", 409, one, "{\"customerId\": \"c\", \"rating\": 4}");
            call("assignBrand", 422, one, "{\"brandId\": \"nobody\"}");
            call("assignCategory", 422, one, "{\"categoryId\": \"nowhere\"}");
            call("assignBrand", 202, one, "{\"brandId\": null}");
            Answer last = call("assignCategory", 202, one, "{}");

            String[] fresh = {"Consistency-Token", last.token(), "Prefer", "wait=20"};
            Answer page = call("getProduct", 200, one, null, fresh);
            call("getProduct", 304, one, null, "If-None-Match", page.header("ETag") + "");
            call("getProduct", 404, Map.of("id", "api-none"), null);
            call("getProduct", 404, Map.of("id", "api-none"), null, fresh);
            call("getProduct", 200, with(one, "version", "1"), null);
            call("getProduct", 200, with(one, "at", "9999-01-01T00:00:00Z"), null);
            call("getProduct", 400, one, null, "Consistency-Token", "what");
            call("listProducts", 200, Map.of("limit", "1"), null, fresh);
            call("listProducts", 400, Map.of("limit", "0"), null);
            Answer prices = call("listPrices", 200, one, null, fresh);
            call("listPrices", 304, one, null, "If-None-Match", prices.header("ETag") + "");
            Answer edit = call("editProduct", 200, one, null, "Accept", "text/html");
            call(
                    "editProduct",
                    304,
                    one,
                    null,
                    "Accept",
                    "text/html",
                    "If-None-Match",
                    edit.header("ETag") + "");
            call("discontinueProduct", 202, Map.of("id", "api-2"), null);
            call("exportProducts", 200, Map.of(), null, fresh);
            call("exportFeed", 200, Map.of("partial", "true"), null, fresh);
        }

        void brandsAndCategories() {
            call("createBrand", 201, Map.of(), "{\"name\": \"Api\"}", "Prefer", "wait=20");
            call("createBrand", 409, Map.of(), "{\"name\": \"Api\"}");
            call("renameBrand", 202, Map.of("id", "api"), "{\"name\": \"Application\"}");
            call("renameBrand", 404, Map.of("id", "api-none"), "{\"name\": \"Nobody\"}");
            call("getBrand", 200, Map.of("id", "api"), null);
            call("getBrand", 404, Map.of("id", "api-none"), null);
            call("listBrands", 200, Map.of("limit", "1"), null);
            call("createCategory", 202, Map.of(), "{\"name\": \"Api\"}");
            call("createCategory", 422, Map.of(), "{\"name\": \"Api\", \"parentId\": \"no\"}");
            call("renameCategory", 200, Map.of("id", "api"), "{\"name\": \"A\"}", "Prefer", "wait");
            call("getCategory", 200, Map.of("id", "api"), null);
            Answer listed = call("listCategories", 200, Map.of(), null);
            call(
                    "listCategories",
                    304,
                    Map.of(),
                    null,
                    "If-None-Match",
                    listed.header("ETag") + "");
            call("getCategoryTree", 200, Map.of(), null);
        }

        /// What has one of everything that a search may answer.
        void search() {
            String body =
                    """
                    {"productId": "api-5", "sku": "API-5", "name": "Apricot", "price": 12.5,
                     "description": "An apricot.", "currency": "EUR", "stock": 3,
                     "brandId": "api", "categoryId": "api"}
                    """;
            call("createProduct", 202, Map.of(), body);
            String review = "{\"customerId\": \"c\", \"rating\": 5}";
            Answer last = call("submitReview", 202, Map.of("id", "api-5"), review);
            String[] fresh = {"Consistency-Token", last.token(), "Prefer", "wait=20"};
            Map<String, String> words = Map.of("q", "apricot", "limit", "1");
            JsonNode found = call("searchProducts", 200, words, null, fresh).body();
            for (String list :
                    List.of(
                            "/items/0/highlightedName",
                            "/items/0/snippet",
                            "/facets/categories",
                            "/facets/brands",
                            "/facets/prices",
                            "/facets/ratings")) {
                assertThat(found.at(list)).as("%s of %s", list, found).isNotEmpty();
            }
            Answer suggested = call("suggestProducts", 200, Map.of("prefix", "apri"), null, fresh);
            assertThat(suggested.body().path("items")).isNotEmpty();
        }

        void feeds() {
            String[] tsv = {"Content-Type", "text/tab-separated-values"};
            String feed = "id\ttitle\tprice\nAPI-3\t\t1 EUR\nAPI-4\tFour\tfree\n";
            Answer taken = call("importFeed", 202, Map.of(), feed, tsv);
            Map<String, String> id = Map.of("id", taken.text("feedId"));
            Answer progress = call("getFeed", 200, id, null);
            while (Set.of("waiting", "running").contains(progress.text("state"))) {
                progress = call("getFeed", 200, id, null);
            }
            Answer report = call("getFeedReport", 200, id, null);
            assertThat(report.response().body().lines()).hasSize(2);
            call("getFeed", 404, Map.of("id", "none"), null);
        }

        void projections() {
            Map<String, String> page = Map.of("name", "product-page");
            call("listProjections", 200, Map.of(), null);
            call("getProjection", 200, page, null);
            call("getProjection", 404, Map.of("name", "none"), null);
            call("listParked", 200, page, null);
            call("retryAllParked", 200, page, null);
            call("retryAllParked", 404, Map.of("name", "none"), null);
            call("verifyProjection", 200, with(page, "sample", "5"), null);
            call("repairDocument", 200, with(page, "key", "api-1"), null);
            call("repairDocument", 400, page, null);
            Map<String, String> days = Map.of("name", "daily-changes");
            call("cancelRebuild", 409, days, null);
            call("rollBackProjection", 409, Map.of("name", "category-count"), null);
            call("rebuildProjection", 202, days, null);
            while (standing("daily-changes") == 1) {
                Thread.onSpinWait();
            }
            call("rollBackProjection", 200, days, null);
            call("rebuildProjection", 400, with(days, "pace", "0"), null);
            call("rebuildProjection", 202, with(days, "partitions", "1"), null);
            call("rebuildProjection", 202, with(days, "pace", "100"), null);
            Operation cancel = API.operation("cancelRebuild");
            Answer cancelled = send(cancel, days, null);
            hold(cancel, cancelled);
        }

        void webhooks() {
            // an address of the public internet, where nothing is ever sent
            String body =
                    """
                    {"url": "https://1.1.1.1/hook", "types": ["product-discontinued"]}
                    """;
            Answer made = call("registerWebhook", 201, Map.of(), body);
            call("registerWebhook", 422, Map.of(), "{\"url\": \"https://localhost/\"}");
            Map<String, String> id = Map.of("id", made.text("webhookId"));
            call("listWebhooks", 200, Map.of(), null);
            call("getWebhook", 200, id, null);
            call("listDeliveries", 200, id, null);
            call("retryWebhook", 200, id, null);
            call("rotateWebhookSecret", 200, id, null);
            call("endWebhook", 200, id, null);
            call("getWebhook", 404, id, null);
        }

        /// The generation that serves.
        private static int standing(String projection) {
            return TestCatalog.get("/projections/" + projection)
                    .body()
                    .path("generations")
                    .valueStream()
                    .filter(one -> one.path("role").asString().equals("serving"))
                    .mapToInt(one -> one.path("generation").asInt())
                    .max()
                    .orElseThrow();
        }

        void rest() {
            call("start", 200, Map.of(), null);
            call("listChanges", 200, Map.of("limit", "1"), null);
            call("getHealth", 200, Map.of(), null);
            call("getLiveness", 200, Map.of(), null);
            call("getReadiness", 200, Map.of(), null);
            call("getMetrics", 200, Map.of(), null);
            call("getDescriptionAsJson", 200, Map.of(), null);
            call("getDescriptionAsYaml", 200, Map.of(), null);
        }

        void problems() {
            call("listProducts", 401, Map.of(), null, "Authorization", "Bearer twofold_x");
            call("createBrand", 403, Map.of(), "{}", "Sec-Fetch-Site", "cross-site");
            call("createBrand", 413, Map.of(), "{\"name\": \"%s\"}".formatted("x".repeat(70_000)));
            call("getBrand", 406, Map.of("id", "api"), null, "Accept", "image/png");
            call("followChanges", 400, Map.of(), null, "Last-Event-ID", "7");
        }

        /// Sends a request, and holds its answer against the file.
        private Answer call(
                String id,
                int status,
                Map<String, String> values,
                @Nullable String body,
                String... headers) {
            Operation operation = API.operation(id);
            Answer answer = send(operation, values, body, headers);
            assertThat(answer.status())
                    .as("%s: %s", operation, answer.response().body())
                    .isEqualTo(status);
            hold(operation, answer);
            return answer;
        }

        private static Answer send(
                Operation operation,
                Map<String, String> values,
                @Nullable String body,
                String... headers) {
            HttpRequest.Builder request =
                    TestCatalog.request(address(operation, values), headers)
                            .method(
                                    operation.method(),
                                    body == null
                                            ? BodyPublishers.noBody()
                                            : BodyPublishers.ofString(body));
            if (body != null && !List.of(headers).contains("Content-Type")) {
                request.header("Content-Type", "application/json");
            }
            return TestCatalog.send(request);
        }

        private void hold(Operation operation, Answer answer) {
            JsonNode described =
                    operation.content().path("responses").path(Integer.toString(answer.status()));
            assertThat(described.isMissingNode())
                    .as(
                            "%s answers %d, which %s does not tell: %s",
                            operation, answer.status(), Api.FILE, answer.response().body())
                    .isFalse();
            JsonNode response = API.resolved(described);
            holdHeaders(operation, answer, response);
            if (answer.status() != 304) {
                holdBody(operation, answer, response);
            }
            if (answer.status() < 300) {
                JsonNode items = answer.body().path("items");
                if (items.isArray() && items.isEmpty() && !answered.contains(operation.id())) {
                    empty.add(operation.id());
                } else if (!items.isEmpty()) {
                    empty.remove(operation.id());
                }
                answered.add(operation.id());
            }
        }

        private static void holdHeaders(Operation operation, Answer answer, JsonNode response) {
            Set<String> told =
                    response.path("headers").propertyNames().stream()
                            .map(name -> name.toLowerCase(Locale.ROOT))
                            .collect(Collectors.toSet());
            Set<String> sent = new TreeSet<>(answer.response().headers().map().keySet());
            sent.remove(":status");
            sent.removeAll(EVERYWHERE);
            sent.removeAll(told);
            assertThat(sent)
                    .as(
                            "headers of %s with %d that %s does not tell",
                            operation, answer.status(), Api.FILE)
                    .isEmpty();
        }

        private static void holdBody(Operation operation, Answer answer, JsonNode response) {
            String type = (answer.header("Content-Type") + ";").split(";", 2)[0];
            JsonNode content = response.path("content").path(type);
            assertThat(content.isMissingNode())
                    .as(
                            "%s answers %d as %s, which %s does not tell",
                            operation, answer.status(), type, Api.FILE)
                    .isFalse();
            List<JsonNode> values =
                    switch (type) {
                        case "application/json",
                                "application/problem+json",
                                "application/vnd.spring-boot.actuator.v3+json" ->
                                List.of(JSON.readTree(answer.response().body()));
                        case "application/x-ndjson" ->
                                answer.response().body().lines().map(JSON::readTree).toList();
                        default -> List.of(JSON.valueToTree(answer.response().body()));
                    };
            for (JsonNode value : values) {
                assertThat(API.faults(content.path("schema"), value))
                        .as(
                                "%s with %d, against %s: %s",
                                operation, answer.status(), Api.FILE, value)
                        .isEmpty();
            }
        }

        private static Map<String, String> with(
                Map<String, String> values, String name, String value) {
            Map<String, String> more = new TreeMap<>(values);
            more.put(name, value);
            return more;
        }
    }

    private static Map<RequestMappingInfo, HandlerMethod> endpoints() {
        Map<RequestMappingInfo, HandlerMethod> all = new HashMap<>();
        TestCatalog.mappings().forEach(mapping -> all.putAll(mapping.getHandlerMethods()));
        return all;
    }

    /// Such as `GET /brands/{}`.
    private static Set<String> names(RequestMappingInfo info) {
        Set<RequestMethod> methods = info.getMethodsCondition().getMethods();
        return info.getPatternValues().stream()
                .flatMap(
                        path ->
                                (methods.isEmpty() ? Set.of(RequestMethod.GET) : methods)
                                        .stream().map(method -> plain(method + " " + path)))
                .collect(Collectors.toSet());
    }

    private static String plain(String name) {
        return name.replaceAll("\\{\\w+}", "{}");
    }

    private static Operation operation(String name) {
        return API.operations().stream()
                .filter(operation -> plain(operation.toString()).equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("%s has no %s".formatted(Api.FILE, name)));
    }

    private static List<String> sources() {
        try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
            List<String> sources = new ArrayList<>();
            for (Path file : files.filter(one -> one.toString().endsWith(".java")).toList()) {
                sources.add(Files.readString(file));
            }
            return sources;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// What a method answers, without what is around it.
    private static Type answer(HandlerMethod method) {
        Type type = method.getMethod().getGenericReturnType();
        return type instanceof ParameterizedType generic
                        && generic.getRawType() == ResponseEntity.class
                ? generic.getActualTypeArguments()[0]
                : type;
    }

    private static Class<?> raw(Type type) {
        return switch (type) {
            case Class<?> whole -> whole;
            case ParameterizedType generic -> raw(generic.getRawType());
            default -> Object.class; // `?`, for one of several
        };
    }

    /// The schemas of what an operation answers as JSON when all is well.
    private static List<JsonNode> answers(Operation operation) {
        List<JsonNode> schemas = new ArrayList<>();
        operation
                .content()
                .path("responses")
                .forEachEntry(
                        (status, answer) -> {
                            JsonNode content =
                                    API.resolved(answer).path("content").path("application/json");
                            if (status.startsWith("2") && !content.isMissingNode()) {
                                schemas.add(content.path("schema"));
                            }
                        });
        return schemas;
    }

    private static @Nullable Class<?> body(HandlerMethod method) {
        return Arrays.stream(method.getMethodParameters())
                .filter(parameter -> parameter.hasParameterAnnotation(RequestBody.class))
                .<Class<?>>map(MethodParameter::getParameterType)
                .filter(Class::isRecord)
                .findFirst()
                .orElse(null);
    }

    private static List<String> fields(Class<?> body, boolean needed) {
        return Arrays.stream(body.getRecordComponents())
                .filter(
                        one ->
                                !needed
                                        || !one.getAnnotatedType()
                                                .isAnnotationPresent(Nullable.class))
                .map(RecordComponent::getName)
                .toList();
    }

    private static JsonNode schema(JsonNode node) {
        return API.resolved(node);
    }

    /// The address of an operation, with the examples of what is not given in its path.
    private static String address(Operation operation, Map<String, String> values) {
        String path = operation.path();
        for (var parameter : API.parameters(operation, "path").entrySet()) {
            String value =
                    values.getOrDefault(
                            parameter.getKey(), parameter.getValue().path("example").asString());
            path = path.replace("{" + parameter.getKey() + "}", encoded(value));
        }
        String query =
                values.entrySet().stream()
                        .filter(value -> !operation.path().contains("{" + value.getKey() + "}"))
                        .map(value -> value.getKey() + "=" + encoded(value.getValue()))
                        .collect(Collectors.joining("&"));
        return query.isEmpty() ? path : path + "?" + query;
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /// Goes through all there is but examples.
    private static void each(JsonNode node, String place, BiConsumer<String, JsonNode> action) {
        if (node.isObject()) {
            action.accept(place, node);
        }
        node.forEachEntry(
                (name, child) -> {
                    if (!name.equals("example") && !name.equals("examples")) {
                        each(child, place + "/" + name, action);
                    }
                });
        if (node.isArray()) {
            for (int i = 0; i < node.size(); i++) {
                each(node.get(i), place + "/" + i, action);
            }
        }
    }

    /// Holds every example against the schema beside it.
    private static void visit(JsonNode node, String place, List<String> faults, int[] examples) {
        if (node.has("schema")) {
            if (node.has("example")) {
                hold(node, node.path("example"), place, faults, examples);
            }
            node.path("examples")
                    .forEachEntry(
                            (name, example) ->
                                    hold(
                                            node,
                                            example.path("value"),
                                            place + "/" + name,
                                            faults,
                                            examples));
        }
        node.forEachEntry((name, child) -> visit(child, place + "/" + name, faults, examples));
        if (node.isArray()) {
            for (int i = 0; i < node.size(); i++) {
                visit(node.get(i), place + "/" + i, faults, examples);
            }
        }
    }

    private static void hold(
            JsonNode node, JsonNode example, String place, List<String> faults, int[] examples) {
        examples[0]++;
        API.faults(node.path("schema"), example).forEach(fault -> faults.add(place + ": " + fault));
    }
}
