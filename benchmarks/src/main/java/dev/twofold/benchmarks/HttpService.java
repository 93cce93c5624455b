package dev.twofold.benchmarks;

import dev.twofold.benchmarks.HttpConnection.Answer;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;

/// A server of HTTP, with the connections to it that are kept. Safe for use by many threads.
final class HttpService implements AutoCloseable {
    private static final int MOST = 256;

    private final URI address;
    private final ConcurrentLinkedQueue<HttpConnection> idle = new ConcurrentLinkedQueue<>();
    private final Semaphore connections = new Semaphore(MOST);

    HttpService(URI address) {
        this.address = address;
    }

    URI address() {
        return address;
    }

    Answer get(String path, Map<String, String> headers) {
        return with(connection -> connection.get(path, headers));
    }

    /// @throws IllegalStateException if it has no such thing
    Answer read(String path) {
        Answer answer = get(path, Map.of());
        if (answer.status() != 200) {
            throw new IllegalStateException(
                    "GET %s%s led to %d: %s"
                            .formatted(address, path, answer.status(), answer.text()));
        }
        return answer;
    }

    Answer post(String path, String json) {
        return with(connection -> connection.post(path, json));
    }

    private Answer with(Exchange exchange) {
        connections.acquireUninterruptibly();
        try {
            HttpConnection kept = idle.poll();
            if (kept != null) {
                try {
                    return on(kept, exchange);
                } catch (EOFException | SocketException _) {
                    kept.close(); // it was kept for longer than the server wanted
                }
            }
            return on(new HttpConnection(address), exchange);
        } catch (IOException e) {
            throw new UncheckedIOException(address + " does not answer", e);
        } finally {
            connections.release();
        }
    }

    private Answer on(HttpConnection connection, Exchange exchange) throws IOException {
        Answer answer = exchange.on(connection);
        if ("close".equals(answer.headers().get("connection"))) {
            connection.close();
        } else {
            idle.add(connection);
        }
        return answer;
    }

    private interface Exchange {
        Answer on(HttpConnection connection) throws IOException;
    }

    @Override
    public void close() {
        for (HttpConnection connection : idle) {
            try {
                connection.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
