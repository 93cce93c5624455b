package dev.twofold.catalog.webhook;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.io.entity.StringEntity;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sends deliveries over HTTP: no redirect is followed, nothing is tried twice, and each ends in
/// time, whatever the receiver does. Safe for use by many threads.
final class Sender implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Sender.class);
    private static final int MOST_READ = 4_096;
    private static final int CONNECTIONS = 200;
    private static final int GONE = 410;

    private final Duration deadline;
    private final CloseableHttpClient client;
    private final ScheduledExecutorService clock =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("catalog-webhook-deadline-1").factory());

    /// @param deadline for a delivery from its beginning to its end
    Sender(Addresses addresses, Duration deadline) {
        this.deadline = deadline;
        Timeout timeout = Timeout.of(deadline);
        this.client =
                HttpClients.custom()
                        .setConnectionManager(
                                PoolingHttpClientConnectionManagerBuilder.create()
                                        .setDnsResolver(addresses)
                                        .setMaxConnPerRoute(2)
                                        .setMaxConnTotal(CONNECTIONS)
                                        .setDefaultConnectionConfig(
                                                ConnectionConfig.custom()
                                                        .setConnectTimeout(timeout)
                                                        .setSocketTimeout(timeout)
                                                        .setTimeToLive(TimeValue.ofMinutes(1))
                                                        .build())
                                        .build())
                        .setDefaultRequestConfig(
                                RequestConfig.custom()
                                        .setResponseTimeout(timeout)
                                        .setConnectionRequestTimeout(timeout)
                                        .build())
                        .setUserAgent("twofold-catalog")
                        .disableRedirectHandling()
                        .disableAutomaticRetries()
                        .disableCookieManagement()
                        .disableAuthCaching()
                        .disableContentCompression()
                        .build();
    }

    /// What came of a delivery.
    ///
    /// @param status of the answer; null if there was none
    /// @param problem null if it was delivered
    /// @param gone whether the receiver wants no more
    /// @param retryAfter how long it asks to be left alone
    record Outcome(
            @Nullable Integer status,
            @Nullable String problem,
            boolean gone,
            Optional<Duration> retryAfter) {
        boolean delivered() {
            return problem == null;
        }

        private static Outcome none(String problem) {
            return new Outcome(null, problem, false, Optional.empty());
        }
    }

    Outcome send(URI url, Map<String, String> headers, String body) {
        HttpPost post = new HttpPost(url);
        headers.forEach(post::setHeader);
        post.setEntity(
                new StringEntity(
                        body, ContentType.create("application/json", StandardCharsets.UTF_8)));
        Future<?> end = clock.schedule(post::cancel, deadline.toMillis(), TimeUnit.MILLISECONDS);
        try (ClassicHttpResponse answer =
                client.executeOpen(null, post, HttpClientContext.create())) {
            readSome(answer.getEntity());
            return outcome(answer);
        } catch (IOException | RuntimeException e) {
            return Outcome.none(
                    post.isCancelled()
                            ? "there was no answer within %s".formatted(deadline)
                            : "no answer came: %s".formatted(e));
        } finally {
            end.cancel(false);
        }
    }

    private static Outcome outcome(ClassicHttpResponse answer) {
        int status = answer.getCode();
        if (status >= 200 && status < 300) {
            return new Outcome(status, null, false, Optional.empty());
        }
        String problem =
                status >= 300 && status < 400
                        ? "the answer was %d, and redirects are not followed".formatted(status)
                        : "the answer was %d".formatted(status);
        return new Outcome(status, problem, status == GONE, retryAfter(answer));
    }

    private static Optional<Duration> retryAfter(ClassicHttpResponse answer) {
        Header header = answer.getFirstHeader("Retry-After");
        return header == null || !header.getValue().matches("[0-9]{1,6}")
                ? Optional.empty()
                : Optional.of(Duration.ofSeconds(Long.parseLong(header.getValue())));
    }

    /// Reads a short answer to its end, so that the connection can be used again. One that is long
    /// or does not end is left, which closes the connection; the status has said all.
    private static void readSome(@Nullable HttpEntity entity) {
        if (entity != null) {
            try {
                int read = entity.getContent().readNBytes(MOST_READ).length;
                LOG.trace("an answer has {} bytes or more", read);
            } catch (IOException e) {
                LOG.debug("the end of an answer did not come", e);
            }
        }
    }

    @Override
    public void close() {
        clock.shutdownNow();
        client.close(CloseMode.IMMEDIATE);
    }
}
