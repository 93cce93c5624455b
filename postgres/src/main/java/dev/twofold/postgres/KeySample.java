package dev.twofold.postgres;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// One key in so many, chosen by the key alone: the database and this process choose the same.
///
/// Not safe for use by many threads.
final class KeySample {
    /// A condition on the column `key`; its parameter is [#oneIn].
    static final String CONDITION =
            """
            ('x' || left(encode(sha256(convert_to(key, 'UTF8')), 'hex'), 8))::bit(32)::bigint % ? = 0
            """;

    private final long oneIn;
    private final MessageDigest digest;

    private KeySample(long oneIn) {
        this.oneIn = oneIn;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /// About so many of all keys, or all.
    static KeySample of(long wanted, long all) {
        return new KeySample(Math.max(1, all / Math.max(1, wanted)));
    }

    long oneIn() {
        return oneIn;
    }

    boolean contains(String key) {
        if (oneIn == 1) {
            return true;
        }
        byte[] hash = digest.digest(key.getBytes(StandardCharsets.UTF_8));
        return Integer.toUnsignedLong(ByteBuffer.wrap(hash).getInt()) % oneIn == 0;
    }
}
