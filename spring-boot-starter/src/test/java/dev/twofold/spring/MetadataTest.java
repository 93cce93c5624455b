package dev.twofold.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.springframework.boot.json.JsonParserFactory;

/// What editors know of the properties.
class MetadataTest {
    @Test
    void tells_each_property_with_its_default_and_what_it_is() throws IOException {
        try (InputStream file =
                TwofoldProperties.class.getResourceAsStream(
                        "/META-INF/spring-configuration-metadata.json")) {
            String text = new String(file.readAllBytes(), StandardCharsets.UTF_8);
            List<?> parsed =
                    (List<?>)
                            Objects.requireNonNull(
                                    JsonParserFactory.getJsonParser()
                                            .parseMap(text)
                                            .get("properties"));
            List<Map<?, ?>> properties =
                    parsed.stream().<Map<?, ?>>map(property -> (Map<?, ?>) property).toList();
            assertThat(properties.stream().<Object>map(property -> property.get("name")))
                    .containsExactlyInAnyOrder(
                            "twofold.migrate",
                            "twofold.projections.enabled",
                            "twofold.projections.at-once",
                            "twofold.projections.ready-when-caught-up",
                            "twofold.health.max-lag",
                            "twofold.health.max-lag-time",
                            "twofold.health.max-parked",
                            "twofold.metrics.interval",
                            "twofold.replicas.connections",
                            "twofold.replicas.interval",
                            "twofold.replicas.max-lag",
                            "twofold.replicas.statement-timeout",
                            "twofold.replicas.timeout",
                            "twofold.replicas.urls");
            assertThat(properties)
                    .allSatisfy(
                            property -> {
                                assertThat((String) property.get("description")).isNotBlank();
                                if (!"twofold.replicas.urls".equals(property.get("name"))) {
                                    assertThat(property.get("defaultValue")).isNotNull();
                                }
                            });
        }
    }
}
