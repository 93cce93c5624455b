package dev.twofold.catalog.operations;

import dev.twofold.catalog.http.Problem;
import dev.twofold.postgres.Projections;
import java.util.function.Supplier;
import org.springframework.http.HttpStatus;

/// The projections that there are, and what becomes of asking them for what they cannot do.
record Known(Projections projections) {

    /// @throws Problem if there is no projection of the name
    void require(String name) {
        if (!projections.names().contains(name)) {
            throw Problem.of(
                            HttpStatus.NOT_FOUND,
                            "unknown-projection",
                            "there is no projection \"%s\", only %s"
                                    .formatted(name, projections.names()))
                    .field("projection", name);
        }
    }

    /// @throws Problem if there is no projection of the name, or it cannot do this now
    <T> T ask(String name, Supplier<T> question) {
        require(name);
        try {
            return question.get();
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw Problem.of(HttpStatus.CONFLICT, "not-possible", String.valueOf(e.getMessage()));
        }
    }
}
