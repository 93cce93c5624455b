package dev.twofold.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.redis.DocumentCache;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsTest {
    private static final String ADDRESS = "server.address";

    @Test
    void come_before_what_the_catalogs_own_file_says(@TempDir Path data) throws Exception {
        try (OwnCatalog catalog = new OwnCatalog(data, "catalog.cache", "0B")) {
            HttpResponse<String> created =
                    catalog.send(
                            "POST",
                            "/products",
                            """
                            {"productId": "p1", "sku": "S1", "name": "Lamp", "price": 1,
                             "currency": "EUR"}
                            """);
            assertThat(created.statusCode()).isEqualTo(201);
            for (int i = 0; i < 2; i++) {
                assertThat(catalog.send("GET", "/products/p1", "").statusCode()).isEqualTo(200);
            }

            DocumentCache cache = catalog.part(DocumentCache.class);
            assertThat(cache.status().near()).isZero();
            assertThat(cache.status().loads()).isGreaterThanOrEqualTo(2);
        }
    }

    /// An address from elsewhere would be one that the catalog does not know to guard.
    @Test
    void come_before_what_happens_to_be_set_elsewhere(@TempDir Path data) throws Exception {
        System.setProperty(ADDRESS, "127.0.0.2"); // as the environment does by SERVER_ADDRESS
        try (OwnCatalog catalog = new OwnCatalog(data)) {
            assertThat(catalog.address().getHost()).isEqualTo("127.0.0.1");
            assertThat(catalog.send("GET", "/openapi.json", "").statusCode()).isEqualTo(200);
        } finally {
            System.clearProperty(ADDRESS);
        }
    }
}
