package dev.twofold.catalog.webhook;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/// How the secrets of webhooks lie in their table: as they are, or encrypted by AES-256 in GCM
/// under a key that is in a file beside the database, and not in it.
///
/// A sealed secret is four bytes that tell its key, twelve of nonce, and the encrypted secret with
/// its tag; the id of its webhook is authenticated with it, so one cannot be put in the place of
/// another. Safe for use by many threads.
final class SecretSeal {
    /// The length of a secret.
    static final int SECRET = 32;

    private static final int KEY = 32;
    private static final int NAME = 4;
    private static final int NONCE = 12;
    private static final int TAG_BITS = 128;
    private static final int SEALED = NAME + NONCE + SECRET + TAG_BITS / 8;
    private static final String CIPHER = "AES/GCM/NoPadding";

    private final SecureRandom random = new SecureRandom();
    private final String place;
    private final Map<String, SecretKey> keys;
    private final @Nullable String current;

    private SecretSeal(String place, Map<String, SecretKey> keys) {
        this.place = place;
        this.keys = keys;
        this.current = keys.keySet().stream().findFirst().orElse(null);
    }

    /// Leaves secrets as they are.
    static SecretSeal none() {
        return new SecretSeal("there is no catalog.webhooks.key-file", Map.of());
    }

    /// Under the first key of a file; secrets under the others are opened, too. Each line is a key,
    /// 32 bytes in Base64; empty ones, and those that begin with `#`, are none.
    ///
    /// @throws IllegalStateException if the file cannot be read or is none of keys; the message
    ///   does not hold what is in it
    static SecretSeal of(Path file) {
        List<String> lines;
        try {
            lines = Files.readAllLines(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw wrong(file, "cannot be read: " + e);
        }
        Map<String, SecretKey> keys = new LinkedHashMap<>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (!line.isEmpty() && !line.startsWith("#")) {
                byte[] key = key(file, i + 1, line);
                keys.put(name(key), new SecretKeySpec(key, "AES"));
            }
        }
        if (keys.isEmpty()) {
            throw wrong(file, "has no key");
        }
        return new SecretSeal("%s has no such key".formatted(file), keys);
    }

    /// As the secret of a webhook is to lie in the table.
    byte[] seal(String webhookId, byte[] secret) {
        if (current == null) {
            return secret.clone();
        }
        byte[] nonce = new byte[NONCE];
        random.nextBytes(nonce);
        return ByteBuffer.allocate(SEALED)
                .put(HexFormat.of().parseHex(current))
                .put(nonce)
                .put(crypt(Cipher.ENCRYPT_MODE, current, nonce, webhookId, secret))
                .array();
    }

    /// The secret of a webhook by what lies in the table.
    ///
    /// @throws IllegalStateException if it is sealed under a key that is not here, or was not
    ///   sealed for this webhook
    byte[] open(String webhookId, byte[] stored) {
        if (stored.length == SECRET) {
            return stored.clone();
        }
        String name = name(webhookId, stored);
        byte[] nonce = Arrays.copyOfRange(stored, NAME, NAME + NONCE);
        byte[] rest = Arrays.copyOfRange(stored, NAME + NONCE, stored.length);
        return crypt(Cipher.DECRYPT_MODE, name, nonce, webhookId, rest);
    }

    /// Whether it lies in the table as [#seal] would lay it there, or better than that.
    boolean isSealed(byte[] stored) {
        return current == null || (stored.length == SEALED && current.equals(named(stored)));
    }

    private String name(String webhookId, byte[] stored) {
        if (stored.length != SEALED) {
            throw new IllegalStateException(
                    "the secret of webhook %s has %d bytes, which no secret has, sealed or not"
                            .formatted(webhookId, stored.length));
        }
        String name = named(stored);
        if (!keys.containsKey(name)) {
            throw new IllegalStateException(
                    "the secret of webhook %s is sealed under the key %s, and %s; start with the one that it was sealed under"
                            .formatted(webhookId, name, place));
        }
        return name;
    }

    private byte[] crypt(int mode, String name, byte[] nonce, String webhookId, byte[] bytes) {
        try {
            Cipher cipher = Cipher.getInstance(CIPHER);
            cipher.init(mode, keys.get(name), new GCMParameterSpec(TAG_BITS, nonce));
            cipher.updateAAD(webhookId.getBytes(StandardCharsets.UTF_8));
            return cipher.doFinal(bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(
                    "the secret of webhook %s is not what was sealed for it under the key %s: %s"
                            .formatted(webhookId, name, e.getMessage()));
        }
    }

    private static byte[] key(Path file, int line, String text) {
        byte[] key;
        try {
            key = Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException _) {
            throw wrong(file, "has no Base64 in line %d".formatted(line));
        }
        if (key.length != KEY) {
            throw wrong(
                    file,
                    "has %d bytes in line %d, where a key has %d".formatted(key.length, line, KEY));
        }
        return key;
    }

    private static IllegalStateException wrong(Path file, String what) {
        return new IllegalStateException(
                "catalog.webhooks.key-file %s %s; make a key by: openssl rand -base64 32"
                        .formatted(file, what));
    }

    /// Tells a key from others, and nothing of what it is.
    private static String name(byte[] key) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(key);
            return HexFormat.of().formatHex(digest, 0, NAME);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static String named(byte[] stored) {
        return HexFormat.of().formatHex(stored, 0, NAME);
    }
}
