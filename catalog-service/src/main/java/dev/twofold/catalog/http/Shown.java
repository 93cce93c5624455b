package dev.twofold.catalog.http;

import org.springframework.http.ResponseEntity;

/// What is shown of something that was read, and the answer with it as JSON, which is written once:
/// for the entity tag and for the caller.
public record Shown<S>(S content, ResponseEntity<byte[]> json) {

    /// The answer to people: with the same headers.
    public ResponseEntity<S> page() {
        return Mapped.body(json, _ -> content);
    }

    /// The same with one header more.
    public Shown<S> with(String header, String value) {
        return new Shown<>(
                content,
                ResponseEntity.status(json.getStatusCode())
                        .headers(json.getHeaders())
                        .header(header, value)
                        .body(json.getBody()));
    }
}
