package dev.twofold;

import java.security.SecureRandom;
import java.util.UUID;

/// Makes UUIDs of version 7 (RFC 9562, section 5.7): the time in milliseconds, then 74 random bits.
///
/// Ids made later sort later, but for those of one millisecond. Safe for use by many threads.
public final class UuidV7 {
    private static final SecureRandom RANDOM = new SecureRandom();

    private UuidV7() {}

    public static UUID next() {
        long time = System.currentTimeMillis() << 16;
        long version = 0x7000L;
        long variant = 0x8000_0000_0000_0000L;
        return new UUID(
                time | version | (RANDOM.nextLong() & 0x0FFFL),
                variant | (RANDOM.nextLong() & 0x3FFF_FFFF_FFFF_FFFFL));
    }
}
