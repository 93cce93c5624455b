package dev.twofold.catalog.cluster;

import dev.twofold.catalog.database.DataFolder;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A node of the catalog as those who send it requests see it. Safe for use by many threads.
final class Backend {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final HttpClient client;
    private final Part part;
    private final Path folder;
    private final Map<Long, CompletableFuture<?>> repeatable = new ConcurrentHashMap<>();
    private final AtomicLong sent = new AtomicLong();
    private volatile @Nullable URI ready;

    /// @param folder of the node's data, where it tells its address
    Backend(HttpClient client, Part part, Path folder) {
        this.client = client;
        this.part = part;
        this.folder = folder;
    }

    Part part() {
        return part;
    }

    boolean isReady() {
        return ready != null;
    }

    /// Where the node listens, ready or not; empty if its process does not say.
    Optional<URI> address() {
        long pid = part.processes().stream().findFirst().map(ProcessHandle::pid).orElse(0L);
        DataFolder.Claim.InUse holder = DataFolder.holder(folder);
        return holder.pid() == pid ? holder.address() : Optional.empty();
    }

    /// Finds out whether the node takes requests.
    void look() throws InterruptedException {
        Optional<URI> address = address();
        if (address.isPresent() && answers(address.get().resolve("/actuator/health/readiness"))) {
            ready = address.get();
        } else {
            suspect();
        }
    }

    private boolean answers(URI uri) throws InterruptedException {
        try {
            return client.send(
                                    HttpRequest.newBuilder(uri).timeout(PATIENCE).build(),
                                    BodyHandlers.discarding())
                            .statusCode()
                    == 200;
        } catch (IOException _) {
            return false;
        }
    }

    /// What the node's health tells, as JSON; nothing if it does not answer.
    JsonNode health() throws InterruptedException {
        Optional<URI> address = address();
        if (address.isEmpty()) {
            return JSON.missingNode();
        }
        try {
            HttpRequest request =
                    HttpRequest.newBuilder(address.get().resolve("/actuator/health"))
                            .timeout(PATIENCE)
                            .build();
            return JSON.readTree(client.send(request, BodyHandlers.ofString()).body());
        } catch (IOException _) {
            return JSON.missingNode();
        }
    }

    /// Takes the node for one that does not answer, until it does. Requests that can be sent to
    /// another one are given up.
    void suspect() {
        ready = null;
        repeatable.values().forEach(request -> request.cancel(true));
    }

    /// Sends a request.
    ///
    /// @param path with the query
    /// @param again whether the request may be given up and sent elsewhere
    /// @throws IOException if the node does not answer
    <T> HttpResponse<T> send(
            String path, HttpRequest.Builder request, boolean again, BodyHandler<T> body)
            throws IOException, InterruptedException {
        URI base = ready;
        if (base == null) {
            throw new ConnectException(part.name() + " is not ready");
        }
        CompletableFuture<HttpResponse<T>> answer =
                client.sendAsync(request.uri(base.resolve(path)).build(), body);
        long number = sent.incrementAndGet();
        if (again) {
            repeatable.put(number, answer);
        }
        try {
            return answer.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException failure) {
                throw failure;
            }
            throw new IOException(part.name() + " could not be asked", e.getCause());
        } catch (CancellationException e) {
            throw new IOException(part.name() + " was given up", e);
        } finally {
            repeatable.remove(number);
        }
    }
}
