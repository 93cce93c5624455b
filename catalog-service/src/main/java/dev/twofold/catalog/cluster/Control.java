package dev.twofold.catalog.cluster;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;

/// Steers a cluster from another process: at the address in front, for those who can read the
/// secret in its folder.
public final class Control {
    static final String PATH = "/cluster";
    private static final JsonMapper JSON = new JsonMapper();

    private final Cluster cluster;
    private final String secret;

    private Control(Cluster cluster) {
        this.cluster = cluster;
        this.secret = "Bearer " + cluster.secret();
    }

    /// Takes orders for a cluster from now on.
    public static void of(Cluster cluster) {
        cluster.answer(PATH, new Control(cluster)::answer);
    }

    /// Sends an order to the cluster that runs on a folder.
    ///
    /// @param order `status`, `stop`, or one of `kill`, `pause`, `restore` with a slash and a name
    /// @return what came of it, for people
    /// @throws IllegalStateException if none runs there, or it refuses; the message says why
    public static String send(Path folder, URI address, String order)
            throws IOException, InterruptedException {
        String secret = Files.readString(folder.resolve("control-secret")).strip();
        HttpRequest request =
                HttpRequest.newBuilder(address.resolve(PATH + "/" + order))
                        .header("Authorization", "Bearer " + secret)
                        .POST(HttpRequest.BodyPublishers.noBody())
                        .build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());
            if (answer.statusCode() != 200) {
                throw new IllegalStateException(answer.body());
            }
            if (!order.equals("status")) {
                return answer.body();
            }
            return Table.of(List.of(JSON.readValue(answer.body(), Row[].class)));
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String given = String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"));
            boolean known =
                    MessageDigest.isEqual(
                            given.getBytes(StandardCharsets.UTF_8),
                            secret.getBytes(StandardCharsets.UTF_8));
            if (!known || !exchange.getRequestMethod().equals("POST")) {
                write(exchange, 403, "the secret in the cluster's folder is asked for");
                return;
            }
            List<String> order = List.of(exchange.getRequestURI().getPath().split("/"));
            try {
                write(exchange, 200, obey(order.subList(2, order.size())));
            } catch (IllegalArgumentException | IllegalStateException e) {
                write(exchange, 409, String.valueOf(e.getMessage()));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private String obey(List<String> order) throws InterruptedException {
        String what = order.isEmpty() ? "" : order.getFirst();
        String name = order.size() < 2 ? "" : order.get(1);
        return switch (what) {
            case "status" -> JSON.writeValueAsString(cluster.rows());
            case "kill" -> cluster.kill(name) + " is killed";
            case "pause" -> cluster.pause(name) + " is paused";
            case "restore" -> {
                List<String> restored = cluster.restore(name);
                yield restored.isEmpty()
                        ? name + " was at work already"
                        : String.join(" and ", restored) + " on the way back";
            }
            case "stop" -> {
                cluster.stop();
                yield "the cluster stops";
            }
            default -> throw new IllegalArgumentException("there is no order \"" + what + "\"");
        };
    }

    private static void write(HttpExchange exchange, int status, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
    }
}
