package dev.twofold.catalog.http;

import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;

/// The answer to a command as it is kept under the command's idempotency key.
///
/// @param request the fingerprint of the request that got it
/// @param id of what the command was about; null if it was refused
/// @param events how many it recorded
/// @param problem why it was refused; null if it was not
record KeptAnswer(
        String request, @Nullable String id, int events, @Nullable ProblemDetail problem) {

    static KeptAnswer parse(String json) {
        return WebSettings.JSON.readValue(json, KeptAnswer.class);
    }

    /// @throws Problem if it was given to another request
    KeptAnswer to(CommandRequest repeated) {
        if (!request.equals(repeated.fingerprint())) {
            throw Problem.of(
                            HttpStatus.UNPROCESSABLE_CONTENT,
                            "idempotency-key-reused",
                            "another request was sent with this idempotency key; nothing was done,"
                                    + " send this one with a key of its own")
                    .field(RequestFingerprint.KEY, null);
        }
        return this;
    }

    @Override
    public String toString() {
        return WebSettings.JSON.writeValueAsString(this);
    }
}
