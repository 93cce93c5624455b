package dev.twofold.catalog.http;

import java.util.Objects;
import java.util.function.Function;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;

/// Turns what a query answers into what is shown of it.
public final class Mapped {
    private Mapped() {}

    /// The same answer with another body.
    public static <T, R> ResponseEntity<R> body(
            ResponseEntity<T> answer, Function<? super T, R> shown) {
        return ResponseEntity.status(answer.getStatusCode())
                .headers(answer.getHeaders())
                .body(shown.apply(Objects.requireNonNull(answer.getBody())));
    }

    /// The same answer with a link to what follows it.
    public static <T> ResponseEntity<T> withNext(ResponseEntity<T> answer, String address) {
        return ResponseEntity.status(answer.getStatusCode())
                .headers(answer.getHeaders())
                .header(HttpHeaders.LINK, "<%s>; rel=\"next\"".formatted(address))
                .body(answer.getBody());
    }
}
