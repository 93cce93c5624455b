package dev.twofold.catalog.cli;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Speaks JSON with a catalog.
final class CatalogClient implements AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();

    private final HttpClient client =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();
    private final URI base;
    private final @Nullable String key;

    /// @param key the operator's; null for a catalog that asks for none
    CatalogClient(URI base, @Nullable String key) {
        this.base = base;
        this.key = key;
    }

    JsonNode get(String path) throws IOException, InterruptedException {
        return send(request(path).GET());
    }

    JsonNode post(String path) throws IOException, InterruptedException {
        return send(request(path).POST(BodyPublishers.noBody()));
    }

    JsonNode post(String path, JsonNode body) throws IOException, InterruptedException {
        return send(
                request(path)
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(body.toString())));
    }

    JsonNode delete(String path) throws IOException, InterruptedException {
        return send(request(path).DELETE());
    }

    /// A text as a part of a path or a query.
    static String part(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(base.resolve(path));
        return key == null ? request : request.header("Authorization", "Bearer " + key);
    }

    private JsonNode send(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<String> response;
        try {
            response = client.send(request.build(), BodyHandlers.ofString());
        } catch (ConnectException e) {
            throw new IllegalStateException(
                    "no catalog answers at %s; start one, or name another with --url"
                            .formatted(base),
                    e);
        }
        JsonNode body = JSON.readTree(response.body());
        if (response.statusCode() / 100 != 2) {
            throw new IllegalStateException(
                    "the catalog refused: " + body.path("detail").asString(response.body()));
        }
        return body;
    }

    @Override
    public void close() {
        client.close();
    }
}
