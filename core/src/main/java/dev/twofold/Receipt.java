package dev.twofold;

/// What is kept of an append under a key of the caller's, so that a request sent twice has one
/// effect.
///
/// The key has at most 255 characters; the answer, which is whatever the caller wants back on a
/// repeat, at most 65,536.
public record Receipt(String key, String answer) {
    public static final int MAX_ANSWER_LENGTH = 1 << 16;

    public Receipt {
        Text.require("an idempotency key", key, 255);
        if (answer.length() > MAX_ANSWER_LENGTH) {
            throw new IllegalArgumentException(
                    "the answer kept under idempotency key \"%s\" has %,d characters, the limit is %,d"
                            .formatted(key, answer.length(), MAX_ANSWER_LENGTH));
        }
        Text.requireUnicode("the answer kept under \"%s\"".formatted(key), answer);
    }
}
