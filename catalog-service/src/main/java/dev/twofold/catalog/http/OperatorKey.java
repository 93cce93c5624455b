package dev.twofold.catalog.http;

import dev.twofold.catalog.database.DataFolder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The key with which operators change a catalog that listens beyond loopback.
///
/// The data folder keeps only its SHA-256, which is enough for a key of 256 random bits.
public final class OperatorKey {
    private static final String FILE = "operator-key.sha256";
    private static final String SCHEME = "Bearer ";

    private final byte[] hash;

    private OperatorKey(byte[] hash) {
        this.hash = hash;
    }

    /// The folder's key. One that has none gets one, which is told once and never again.
    public static OperatorKey of(DataFolder folder, Consumer<String> tell) {
        Optional<String> kept = folder.read(FILE);
        if (kept.isPresent()) {
            return new OperatorKey(HexFormat.of().parseHex(kept.get()));
        }
        byte[] random = new byte[32];
        new SecureRandom().nextBytes(random);
        String key = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
        byte[] hash = hash(key);
        folder.write(FILE, HexFormat.of().formatHex(hash));
        tell.accept(key);
        return new OperatorKey(hash);
    }

    /// Whether an `Authorization` header holds the key.
    boolean opens(@Nullable String authorization) {
        return authorization != null
                && authorization.startsWith(SCHEME)
                && MessageDigest.isEqual(hash, hash(authorization.substring(SCHEME.length())));
    }

    private static byte[] hash(String key) {
        try {
            return MessageDigest.getInstance("SHA-256")
                    .digest(key.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
