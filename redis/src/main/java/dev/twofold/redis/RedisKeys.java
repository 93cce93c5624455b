package dev.twofold.redis;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/// The names of what is kept in Redis.
///
/// `NAMESPACE:d:{BUCKET}:GENERATION:KEY` is a document and `NAMESPACE:m:{BUCKET}:GENERATION` the
/// mark of its bucket; leases, with `l`, have names that nobody tracks. Braces keep a bucket on one
/// node of a cluster, where a script can read document and mark at once.
///
/// @param buckets how many; 1 unless there is a cluster
record RedisKeys(String namespace, int buckets) {

    String document(int generation, String key) {
        return "%s:d:{%d}:%d:%s".formatted(namespace, bucket(key), generation, key);
    }

    String lease(int generation, String key) {
        return "%s:l:{%d}:%d:%s".formatted(namespace, bucket(key), generation, key);
    }

    String mark(int generation, int bucket) {
        return "%s:m:{%d}:%d".formatted(namespace, bucket, generation);
    }

    int bucket(String key) {
        if (buckets == 1) {
            return 0;
        }
        CRC32 crc = new CRC32();
        crc.update(key.getBytes(StandardCharsets.UTF_8));
        return (int) (crc.getValue() % buckets);
    }

    /// What the names of all documents begin with.
    String documents() {
        return namespace + ":d:";
    }

    /// @param generation of the document
    record Document(int generation, String key) {}

    /// The document that has a name; null if it is no document's.
    @Nullable Document parse(String name) {
        int close = name.indexOf("}:");
        int colon = name.indexOf(':', close + 2);
        if (!name.startsWith(documents() + "{") || close < 0 || colon < 0) {
            return null;
        }
        try {
            int generation = Integer.parseInt(name, close + 2, colon, 10);
            return new Document(generation, name.substring(colon + 1));
        } catch (NumberFormatException _) {
            return null;
        }
    }
}
