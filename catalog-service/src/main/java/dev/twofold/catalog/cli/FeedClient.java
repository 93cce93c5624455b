package dev.twofold.catalog.cli;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Sends feeds to a catalog over HTTP and follows their import.
final class FeedClient implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(200);
    private static final JsonMapper JSON =
            JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

    private final HttpClient client =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();
    private final URI base;
    private final @Nullable String key;

    /// @param key the operator's; null for a catalog that asks for none
    FeedClient(URI base, @Nullable String key) {
        this.base = base;
        this.key = key;
    }

    /// How far an import is, as the catalog tells.
    record Progress(
            String state,
            boolean dryRun,
            long bytes,
            long totalBytes,
            long lines,
            long created,
            long changed,
            long unchanged,
            long duplicates,
            long rejected,
            long events,
            @Nullable String message,
            String reportUrl) {

        boolean isOver() {
            return state.equals("done") || state.equals("failed");
        }
    }

    /// Hears of progress.
    interface Listener extends AutoCloseable {
        void progress(Progress progress);

        @Override
        void close();
    }

    /// Sends a feed, and returns where its progress is.
    String send(Path feed, boolean dryRun) throws IOException, InterruptedException {
        boolean csv = feed.toString().toLowerCase(Locale.ROOT).endsWith(".csv");
        HttpResponse<String> response =
                send(
                        HttpRequest.newBuilder(resolve("/feeds?dryRun=" + dryRun))
                                .header(
                                        "Content-Type",
                                        csv ? "text/csv" : "text/tab-separated-values")
                                .POST(BodyPublishers.ofFile(feed)),
                        BodyHandlers.ofString());
        if (response.statusCode() != 202) {
            throw refused(response.body());
        }
        return JSON.readTree(response.body()).path("checkUrl").asString();
    }

    /// Waits until an import is over, and returns what came of it.
    Progress follow(String checkUrl, Listener listener) throws IOException, InterruptedException {
        try (listener) {
            while (true) {
                HttpResponse<String> response = get(checkUrl, BodyHandlers.ofString());
                if (response.statusCode() != 200) {
                    throw refused(response.body());
                }
                Progress progress = JSON.readValue(response.body(), Progress.class);
                listener.progress(progress);
                if (progress.isOver()) {
                    return progress;
                }
                LockSupport.parkNanos(POLL.toNanos());
            }
        }
    }

    void download(String url, Path file) throws IOException, InterruptedException {
        HttpResponse<Path> response = get(url, BodyHandlers.ofFile(file));
        if (response.statusCode() != 200) {
            throw refused(Files.readString(response.body()));
        }
    }

    /// The first lines of a report that tell of a rejected line, in words.
    List<String> rejected(String reportUrl, int limit) throws IOException, InterruptedException {
        try (Stream<String> lines = get(reportUrl, BodyHandlers.ofLines()).body()) {
            return lines.map(JSON::readTree)
                    .filter(problem -> problem.path("kind").asString().equals("REJECTED"))
                    .limit(limit)
                    .map(FeedClient::words)
                    .toList();
        }
    }

    @Override
    public void close() {
        client.close();
    }

    private static String words(JsonNode problem) {
        String column = problem.path("column").asString();
        return "  line %s%s: \"%s\": %s"
                .formatted(
                        problem.path("line").asString(),
                        column.isEmpty() ? "" : ", " + column,
                        problem.path("value").asString(),
                        problem.path("reason").asString());
    }

    private <T> HttpResponse<T> get(String path, HttpResponse.BodyHandler<T> body)
            throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(resolve(path)).GET(), body);
    }

    private <T> HttpResponse<T> send(HttpRequest.Builder request, HttpResponse.BodyHandler<T> body)
            throws IOException, InterruptedException {
        if (key != null) {
            request.header("Authorization", "Bearer " + key);
        }
        try {
            return client.send(request.build(), body);
        } catch (ConnectException e) {
            throw new IllegalStateException(
                    "no catalog answers at %s; start one, or name another with --url"
                            .formatted(base),
                    e);
        } catch (IOException e) {
            throw new IllegalStateException(
                    "the catalog at %s has stopped answering (%s); import the feed again to complete it"
                            .formatted(base, e),
                    e);
        }
    }

    private URI resolve(String path) {
        return base.resolve(path);
    }

    private static IllegalStateException refused(String problem) {
        return new IllegalStateException(
                "the catalog refused: %s"
                        .formatted(JSON.readTree(problem).path("detail").asString()));
    }
}
