package dev.twofold.catalog;

import com.zaxxer.hikari.HikariDataSource;
import dev.twofold.catalog.RunningCatalog.Settings;
import dev.twofold.catalog.database.DataFolder;
import dev.twofold.catalog.database.DataFolder.Claim.Held;
import dev.twofold.catalog.http.LogEpoch;
import dev.twofold.postgres.PostgresEventStore;
import dev.twofold.redis.DocumentCache;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.servlet.ServletContext;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.eclipse.jetty.server.Server;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.jetty.JettyWebServer;
import org.springframework.web.servlet.mvc.method.RequestMappingInfoHandlerMapping;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A catalog for the tests of one JVM, on an embedded PostgreSQL; it goes when the JVM does.
///
/// Tests share it, so each uses names of its own.
public final class TestCatalog {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final JsonMapper JSON = new JsonMapper();

    private TestCatalog() {}

    /// What the catalog said.
    ///
    /// @param body what was sent as JSON; a missing node otherwise
    public record Answer(HttpResponse<String> response, JsonNode body) {
        public int status() {
            return response.statusCode();
        }

        public @Nullable String header(String name) {
            return response.headers().firstValue(name).orElse(null);
        }

        public String token() {
            return response.headers().firstValue("Consistency-Token").orElseThrow();
        }

        public String text(String field) {
            return body.path(field).asString();
        }

        /// The name of the problem.
        public String problem() {
            return text("type").replace("urn:twofold:problem:", "");
        }
    }

    public static URI address() {
        return Shared.CATALOG.address();
    }

    /// The folder of the catalog's data.
    public static Path data() {
        return Shared.DATA;
    }

    /// What keeps the product pages.
    public static DocumentCache cache() {
        return Shared.CATALOG.part(DocumentCache.class);
    }

    /// The last position of its log.
    static long head() {
        return Shared.CATALOG.part(PostgresEventStore.class).head();
    }

    static HikariDataSource connections() {
        return Shared.CATALOG.part(HikariDataSource.class);
    }

    public static MeterRegistry meters() {
        return Shared.CATALOG.part(MeterRegistry.class);
    }

    /// The classes of what requests go through on their way to the servlet.
    public static List<String> filters() {
        return Shared.CATALOG.part(ServletContext.class).getFilterRegistrations().values().stream()
                .map(filter -> String.valueOf(filter.getClassName()))
                .toList();
    }

    /// What takes its requests.
    public static Server server() {
        return ((JettyWebServer) Shared.CATALOG.server()).getServer();
    }

    /// What finds the endpoints for requests.
    public static Collection<RequestMappingInfoHandlerMapping> mappings() {
        return Shared.CATALOG.parts(RequestMappingInfoHandlerMapping.class);
    }

    public static String epoch() {
        return Shared.CATALOG.part(LogEpoch.class).value();
    }

    public static Answer post(String path, String body, String... headers) {
        return send(
                request(path, headers)
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(body)));
    }

    public static Answer get(String path, String... headers) {
        return send(request(path, headers).GET());
    }

    /// What there is once a command has taken effect.
    public static Answer getAfter(Answer command, String path) {
        return get(path, "Consistency-Token", command.token(), "Prefer", "wait=20");
    }

    public static Answer send(HttpRequest.Builder request) {
        try {
            HttpResponse<String> response = CLIENT.send(request.build(), BodyHandlers.ofString());
            boolean json =
                    response.headers()
                            .firstValue("Content-Type")
                            .filter(type -> type.contains("json") && !type.contains("ndjson"))
                            .isPresent();
            return new Answer(
                    response,
                    json ? JSON.readTree(response.body()) : JSON.getNodeFactory().missingNode());
        } catch (IOException e) {
            throw new AssertionError("the catalog does not answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    public static HttpRequest.Builder request(String path, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(address().resolve(path));
        return headers.length == 0 ? request : request.headers(headers);
    }

    private static final class Shared {
        private static final Path DATA = folder();
        private static final RunningCatalog CATALOG = start();

        private static Path folder() {
            try {
                return Files.createTempDirectory("catalog-test-");
            } catch (IOException e) {
                throw new AssertionError("no folder for the test catalog", e);
            }
        }

        private static RunningCatalog start() {
            DataFolder folder = ((Held) DataFolder.claim(DATA)).folder();
            RunningCatalog catalog = RunningCatalog.start(folder, Settings.local(0), line -> {});
            Runtime.getRuntime()
                    .addShutdownHook(
                            new Thread(
                                    () -> {
                                        catalog.close();
                                        folder.close();
                                        delete(DATA);
                                    }));
            return catalog;
        }

        private static void delete(Path folder) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            } catch (IOException e) {
                throw new AssertionError("the test catalog's folder stays: " + folder, e);
            }
        }
    }
}
