package dev.twofold.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What editors know of the properties.
class MetadataTest {
    @Test
    void tells_each_property_with_its_default_and_what_it_is() throws IOException {
        try (InputStream file =
                TwofoldProperties.class.getResourceAsStream(
                        "/META-INF/spring-configuration-metadata.json")) {
            JsonNode properties = new JsonMapper().readTree(file).path("properties");
            assertThat(properties.valueStream().map(property -> property.path("name").asString()))
                    .containsExactlyInAnyOrder(
                            "twofold.migrate",
                            "twofold.projections.enabled",
                            "twofold.projections.at-once",
                            "twofold.projections.ready-when-caught-up",
                            "twofold.health.max-lag",
                            "twofold.health.max-lag-time",
                            "twofold.health.max-parked",
                            "twofold.metrics.interval");
            assertThat(properties.valueStream())
                    .allSatisfy(
                            property -> {
                                assertThat(property.path("description").asString()).isNotBlank();
                                assertThat(property.has("defaultValue")).isTrue();
                            });
        }
    }
}
