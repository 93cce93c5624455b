package dev.twofold.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A node of a catalog as a process of its own.
final class CatalogNode {
    static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final JsonMapper JSON = new JsonMapper();

    private final Process process;
    private final BufferedReader out;
    private final Path folder;
    private final Path errors;
    private Optional<URI> address = Optional.empty();

    private CatalogNode(Process process, Path folder, Path errors) {
        this.process = process;
        this.out = process.inputReader();
        this.folder = folder;
        this.errors = errors;
    }

    /// Launches a node that listens on a free port; it may not be ready yet.
    ///
    /// @param folder of its data, beside which is what it says on standard error
    static CatalogNode launch(Path folder, String... options) throws IOException {
        return launch(folder, List.of(), options);
    }

    /// Launches one with options of its JVM.
    static CatalogNode launch(Path folder, List<String> jvm, String... options) throws IOException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:TieredStopAtLevel=1",
                                "-XX:+UseSerialGC"));
        command.addAll(jvm);
        command.addAll(
                List.of(
                        "-cp",
                        System.getProperty("java.class.path"),
                        CatalogMain.class.getName(),
                        "--port",
                        "0",
                        "--data",
                        folder.toString()));
        command.addAll(List.of(options));
        Path errors = Path.of(folder + ".err");
        return new CatalogNode(
                new ProcessBuilder(command).redirectError(errors.toFile()).start(), folder, errors);
    }

    Process process() {
        return process;
    }

    /// What it said on standard error.
    String errors() {
        try {
            return Files.readString(errors);
        } catch (IOException e) {
            return e.toString();
        }
    }

    /// Where it answers, once it is ready.
    URI address() {
        return address.orElseGet(this::ready);
    }

    private URI ready() {
        try {
            String line = String.valueOf(out.readLine());
            if (line.startsWith("The operator's key, shown this once: ")) {
                line = String.valueOf(out.readLine());
            }
            String said = line;
            assertThat(said)
                    .as(() -> "it said %s and %s".formatted(said, errors()))
                    .startsWith("The catalog answers at http://127.0.0.1:");
            URI ready = URI.create(said.substring(said.indexOf("http")));
            address = Optional.of(ready);
            return ready;
        } catch (IOException e) {
            throw new AssertionError("the node says nothing", e);
        }
    }

    /// The status with which it answers, ready or not; 0 while it does not listen.
    int status(String path) throws InterruptedException {
        try {
            List<String> holder = Files.readAllLines(folder.resolve("holder"));
            if (holder.size() < 2) {
                return 0;
            }
            URI listening = URI.create(holder.get(1));
            return CLIENT.send(
                            HttpRequest.newBuilder(listening.resolve(path)).build(),
                            BodyHandlers.discarding())
                    .statusCode();
        } catch (IOException _) {
            return 0;
        }
    }

    HttpResponse<String> get(String path, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(address().resolve(path));
        return CLIENT.send(
                (headers.length == 0 ? request : request.headers(headers)).build(),
                BodyHandlers.ofString());
    }

    /// What there is once a command has taken effect.
    HttpResponse<String> getAfter(HttpResponse<String> command, String path) throws Exception {
        return get(path, "Consistency-Token", token(command), "Prefer", "wait=30");
    }

    HttpResponse<String> post(String path, String body) throws Exception {
        return post(path, "application/json", body);
    }

    HttpResponse<String> post(String path, String type, String body) throws Exception {
        return CLIENT.send(request(path, type, body), BodyHandlers.ofString());
    }

    private HttpRequest request(String path, String type, String body) {
        return HttpRequest.newBuilder(address().resolve(path))
                .header("Content-Type", type)
                .POST(BodyPublishers.ofString(body))
                .build();
    }

    HttpResponse<String> create(String id) throws Exception {
        return post("/products", product(id));
    }

    CompletableFuture<HttpResponse<String>> beginToCreate(String id) {
        return CLIENT.sendAsync(
                request("/products", "application/json", product(id)), BodyHandlers.ofString());
    }

    private static String product(String id) {
        return """
        {"productId": "%s", "sku": "SKU-%s", "name": "Product", "price": 1, "currency": "EUR"}
        """
                .formatted(id, id);
    }

    /// How many products it lists.
    long count() throws Exception {
        long count = 0;
        String next = "/products?limit=100";
        while (!next.isEmpty()) {
            JsonNode page = json(get(next));
            count += page.path("items").size();
            next = page.path("next").asString("");
        }
        return count;
    }

    HttpResponse<String> price(String id, int price) throws Exception {
        return post(
                "/products/%s/price".formatted(id),
                "{\"price\": %d, \"currency\": \"EUR\"}".formatted(price));
    }

    /// What health says of one part of it.
    JsonNode health(String part) throws Exception {
        return JSON.readTree(get("/actuator/health").body()).path("components").path(part);
    }

    static String token(HttpResponse<String> command) {
        return command.headers().firstValue("Consistency-Token").orElseThrow();
    }

    static JsonNode json(HttpResponse<String> response) {
        return JSON.readTree(response.body());
    }
}
