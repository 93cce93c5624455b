package dev.twofold.postgres;

import dev.twofold.Recorded;
import dev.twofold.StreamId;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.CRC32;

/// A part of the keys of one generation, which is taken in on its own.
///
/// @param number from 0 on
/// @param of how many there are
record Partition(int generation, int number, int of) {
    static final int MOST = 256;
    private static final long GOLDEN_RATIO = 0x9E3779B97F4A7C15L;

    Partition {
        if (of < 1 || of > MOST || number < 0 || number >= of) {
            throw new IllegalArgumentException(
                    "there is no partition %d of %d; a generation has 1 to %d, counted from 0"
                            .formatted(number, of, MOST));
        }
    }

    boolean isWhole() {
        return of == 1;
    }

    boolean has(String key) {
        return isWhole() || number(key, of) == number;
    }

    /// Whether the event's stream is in this partition. Events without a stream are all in one, so
    /// that they keep their order.
    boolean has(Recorded<?> event) {
        StreamId stream = event.stream();
        return stream == null ? number == 0 : has(stream.toString());
    }

    /// Those events whose streams are in this partition.
    <E> List<Recorded<E>> of(List<Recorded<E>> events) {
        return isWhole() ? events : events.stream().filter(this::has).toList();
    }

    /// The partition that a key is in.
    static int number(String key, int of) {
        return (int) (hash(key) % of);
    }

    /// The CRC-32 of the key, spread by the golden ratio: its last bits alone are much the same for
    /// keys that count up. Stored data depends on it: it never changes.
    static long hash(String key) {
        CRC32 crc = new CRC32();
        crc.update(key.getBytes(StandardCharsets.UTF_8));
        return (crc.getValue() * GOLDEN_RATIO) >>> 33;
    }
}
