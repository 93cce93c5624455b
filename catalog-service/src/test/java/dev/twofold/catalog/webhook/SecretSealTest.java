package dev.twofold.catalog.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twofold.catalog.RunningCatalog;
import dev.twofold.catalog.RunningCatalog.Settings;
import dev.twofold.catalog.TestWriteSide;
import dev.twofold.catalog.database.DataFolder;
import dev.twofold.catalog.database.DataFolder.Claim.Held;
import dev.twofold.testkit.TestPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SecretSealTest {
    private static final String OLD = key(1);
    private static final String NEW = key(2);
    private static final Duration DAY = Duration.ofDays(1);

    @TempDir private Path temp;

    @Test
    void opens_what_it_sealed_for_the_same_webhook_and_nothing_else() {
        SecretSeal seal = SecretSeal.of(file(OLD));
        byte[] secret = secret(3);
        byte[] sealed = seal.seal("one", secret);

        assertThat(seal.open("one", sealed)).isEqualTo(secret);
        assertThat(seal.seal("one", secret)).as("a nonce of its own").isNotEqualTo(sealed);
        assertThatThrownBy(() -> seal.open("two", sealed))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("webhook two");
        for (int i = 4; i < sealed.length; i++) {
            byte[] forged = sealed.clone();
            forged[i] ^= 1;
            assertThatThrownBy(() -> seal.open("one", forged))
                    .isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void seals_under_the_first_key_and_opens_under_all_that_it_has() {
        byte[] secret = secret(3);
        byte[] older = SecretSeal.of(file(OLD)).seal("one", secret);
        SecretSeal both = SecretSeal.of(file("# the newer one", NEW, "", OLD));

        assertThat(both.open("one", older)).isEqualTo(secret);
        assertThat(both.isSealed(older)).isFalse();
        byte[] newer = both.seal("one", secret);
        assertThat(both.isSealed(newer)).isTrue();
        assertThatThrownBy(() -> SecretSeal.of(file(OLD)).open("one", newer))
                .hasMessageContaining(HexFormat.of().formatHex(newer, 0, 4))
                .hasMessageContaining("keys");
        assertThatThrownBy(() -> SecretSeal.none().open("one", newer))
                .hasMessageContaining("no catalog.webhooks.key-file");
    }

    @ParameterizedTest
    @CsvSource({
        "'',                                           has no key",
        "'# nothing',                                  has no key",
        "'not base 64!',                               has no Base64 in line 1",
        "'c2VjcmV0LWluLWEtZmlsZS10aGF0LWlzLW5vLWtleQ', has 31 bytes in line 1",
    })
    void a_file_of_no_keys_is_refused_without_showing_what_is_in_it(String line, String wrong) {
        assertThatThrownBy(() -> SecretSeal.of(file(line)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(wrong)
                .hasMessageContaining("openssl rand -base64 32")
                .satisfies(
                        e ->
                                assertThat(e.toString())
                                        .doesNotContain("not base", "c2Vj", "secret-in"));
        assertThatThrownBy(() -> SecretSeal.of(temp.resolve("none")))
                .hasMessageContaining("cannot be read");
    }

    @Test
    void all_secrets_are_sealed_anew_or_none() throws SQLException {
        try (TestWriteSide catalog = new TestWriteSide()) {
            Webhooks plain = new Webhooks(catalog.dataSource(), SecretSeal.none());
            String id = plain.create("https://shop.example/", List.of(), 0).orElseThrow().id();
            assertThat(plain.rotate(id, DAY)).isPresent();
            String other = plain.create("https://shop.example/", List.of(), 0).orElseThrow().id();
            List<byte[]> secrets = plain.secrets(id);
            assertThat(secrets).hasSize(2);

            Webhooks sealed = new Webhooks(catalog.dataSource(), SecretSeal.of(file(OLD)));
            assertThat(sealed.sealAll()).isEqualTo(2);
            assertThat(sealed.sealAll()).isZero();
            List<byte[]> lying = stored(catalog.dataSource());
            for (byte[] secret : secrets) {
                assertThat(lying).noneMatch(bytes -> contains(bytes, secret));
            }
            assertThat(sealed.secrets(id)).containsExactlyElementsOf(secrets);

            Webhooks wrong = new Webhooks(catalog.dataSource(), SecretSeal.of(file(NEW)));
            assertThatThrownBy(wrong::sealAll).hasMessageContaining("sealed under the key");
            Webhooks newer = new Webhooks(catalog.dataSource(), SecretSeal.of(file(NEW, OLD)));
            spoil(catalog.dataSource(), other);
            assertThatThrownBy(newer::sealAll).hasMessageContaining(other);
            assertThat(sealed.secrets(id)).as("none was changed").hasSize(2);
            assertThat(newer.delete(other)).isTrue();
            assertThat(newer.sealAll()).isEqualTo(1);
            assertThat(wrong.secrets(id)).containsExactlyElementsOf(secrets);
        }
    }

    @Test
    void a_catalog_does_not_start_without_the_key_that_secrets_are_sealed_under() {
        TestPostgres.Database database = TestPostgres.database();
        Settings unsealed =
                Settings.local(0)
                        .on(database.url())
                        .with("catalog.webhooks.private-addresses", "true");
        Settings sealing = unsealed.with("catalog.webhooks.key-file", file(OLD).toString());
        try (DataFolder folder = ((Held) DataFolder.claim(temp.resolve("data"))).folder()) {
            try (RunningCatalog catalog = RunningCatalog.start(folder, sealing, line -> {})) {
                register(catalog);
            }
            assertThatThrownBy(() -> RunningCatalog.start(folder, unsealed, line -> {}))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("no catalog.webhooks.key-file");
        }
    }

    private static void register(RunningCatalog catalog) {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> made =
                    client.send(
                            HttpRequest.newBuilder(catalog.address().resolve("/webhooks"))
                                    .header("Content-Type", "application/json")
                                    .POST(
                                            BodyPublishers.ofString(
                                                    "{\"url\": \"http://127.0.0.1:9/\"}"))
                                    .build(),
                            BodyHandlers.ofString());
            assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private Path file(String... lines) {
        try {
            return Files.write(Files.createTempFile(temp, "keys", ""), List.of(lines));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String key(int seed) {
        return Base64.getEncoder().encodeToString(secret(seed));
    }

    private static byte[] secret(int seed) {
        byte[] bytes = new byte[32];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    /// All that lies in the table.
    private static List<byte[]> stored(DataSource database) throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                "SELECT secret, previous_secret FROM catalog.webhook")) {
            List<byte[]> all = new ArrayList<>();
            while (row.next()) {
                all.add(row.getBytes(1));
                byte[] previous = row.getBytes(2);
                if (previous != null) {
                    all.add(previous);
                }
            }
            assertThat(all).hasSize(3);
            return all;
        }
    }

    private static boolean contains(byte[] bytes, byte[] part) {
        HexFormat hex = HexFormat.of();
        return hex.formatHex(bytes).contains(hex.formatHex(part));
    }

    private static void spoil(DataSource database, String id) throws SQLException {
        try (Connection connection = database.getConnection();
                PreparedStatement update =
                        connection.prepareStatement(
                                "UPDATE catalog.webhook SET secret = set_byte(secret, 40,"
                                        + " get_byte(secret, 40) # 1) WHERE id = ?")) {
            update.setString(1, id);
            update.executeUpdate();
        }
    }
}
