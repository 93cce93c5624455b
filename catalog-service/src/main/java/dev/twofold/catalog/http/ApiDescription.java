package dev.twofold.catalog.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;
import org.springframework.http.CacheControl;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.dataformat.yaml.YAMLMapper;

/// The description of all this in the OpenAPI format, as it is kept and as JSON.
@RestController
final class ApiDescription {
    private static final String YAML = "application/yaml";

    /// Made when the first one asks, not when the catalog starts.
    private static final class Forms {
        static final byte[] KEPT = read();
        static final byte[] JSON =
                WebSettings.JSON.writeValueAsBytes(new YAMLMapper().readTree(KEPT));
    }

    @GetMapping(path = "/openapi.json", produces = MediaType.APPLICATION_JSON_VALUE)
    ResponseEntity<byte[]> json() {
        return answer(Forms.JSON, MediaType.APPLICATION_JSON);
    }

    @GetMapping("/openapi.yaml")
    ResponseEntity<byte[]> yaml() {
        return answer(Forms.KEPT, MediaType.parseMediaType(YAML));
    }

    private static ResponseEntity<byte[]> answer(byte[] content, MediaType type) {
        return ResponseEntity.ok()
                .cacheControl(CacheControl.noCache())
                .eTag(EntityTag.ofContent(0, content))
                .contentType(type)
                .body(content);
    }

    private static byte[] read() {
        try (InputStream in = ApiDescription.class.getResourceAsStream("/openapi.yaml")) {
            return Objects.requireNonNull(in, "there is no openapi.yaml").readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("openapi.yaml cannot be read", e);
        }
    }
}
