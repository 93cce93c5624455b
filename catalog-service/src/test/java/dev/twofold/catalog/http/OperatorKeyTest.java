package dev.twofold.catalog.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.catalog.RunningCatalog;
import dev.twofold.catalog.RunningCatalog.Settings;
import dev.twofold.catalog.database.DataFolder;
import dev.twofold.catalog.database.DataFolder.Claim.Held;
import dev.twofold.testkit.TestPostgres;
import java.io.IOException;
import java.net.InetAddress;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A catalog that listens beyond loopback, on a PostgreSQL of one's own.
class OperatorKeyTest {
    @TempDir Path temp;

    private final HttpClient client = HttpClient.newHttpClient();

    @Test
    void lets_only_those_with_the_operators_key_change_the_catalog() throws Exception {
        List<String> told = new ArrayList<>();
        Settings settings =
                new Settings(
                        0,
                        InetAddress.ofLiteral("0.0.0.0"),
                        TestPostgres.database().url(),
                        Settings.KEEP_ANSWERS,
                        false);
        try (DataFolder folder = ((Held) DataFolder.claim(temp)).folder();
                RunningCatalog catalog = RunningCatalog.start(folder, settings, told::add)) {
            assertThat(told).hasSize(1);
            String key = told.getFirst().replaceFirst(".*: (\\S+) \\(.*", "$1");
            assertThat(Files.readString(temp.resolve("operator-key.sha256"))).doesNotContain(key);
            URI brands = catalog.address().resolve("/brands");

            HttpResponse<String> without = send(brands, "Bearer guess");
            assertThat(without.statusCode()).isEqualTo(401);
            assertThat(without.headers().firstValue("WWW-Authenticate")).contains("Bearer");
            assertThat(without.body()).contains("operator-key-required");
            assertThat(send(brands, "Bearer " + key).statusCode()).isEqualTo(202);
            assertThat(
                            client.send(
                                            HttpRequest.newBuilder(brands).build(),
                                            BodyHandlers.ofString())
                                    .statusCode())
                    .isEqualTo(200);
        }
        assertThat(temp.resolve("postgres")).doesNotExist();
    }

    private HttpResponse<String> send(URI uri, String authorization)
            throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(uri)
                        .header("Content-Type", "application/json")
                        .header("Authorization", authorization)
                        .POST(BodyPublishers.ofString("{\"name\": \"Keyed\"}"))
                        .build(),
                BodyHandlers.ofString());
    }
}
