package dev.twofold.redis;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/// The bytes of a document as they are answered, plain and compressed with gzip, and a tag that
/// goes with them, such as an entity tag.
///
/// Below 256 bytes, or where it saves nothing, there is no compressed form. Immutable.
public final class Payload {
    private static final int WORTH_COMPRESSING = 256;
    private static final int MOST_OF_TAG = 1_000;
    private static final byte PLAIN = 0;
    private static final byte GZIP = 1;
    private static final int HEADER = 3;

    private final String tag;
    private final byte[] plain;
    private final byte @Nullable [] gzip;

    private Payload(String tag, byte[] plain, byte @Nullable [] gzip) {
        this.tag = tag;
        this.plain = plain;
        this.gzip = gzip;
    }

    public static Payload of(byte[] bytes) {
        return of("", bytes);
    }

    /// @param tag of at most 1,000 characters
    public static Payload of(String tag, byte[] bytes) {
        if (tag.length() > MOST_OF_TAG) {
            throw new IllegalArgumentException(
                    "a tag has at most %d characters, but has %d"
                            .formatted(MOST_OF_TAG, tag.length()));
        }
        byte[] plain = bytes.clone();
        byte[] gzip = plain.length < WORTH_COMPRESSING ? plain : compressed(plain);
        return new Payload(tag, plain, gzip.length < plain.length ? gzip : null);
    }

    public String tag() {
        return tag;
    }

    /// The length of the plain form.
    public int length() {
        return plain.length;
    }

    /// The plain form, which nobody can change.
    public ByteBuffer bytes() {
        return ByteBuffer.wrap(plain).asReadOnlyBuffer();
    }

    /// The length of the compressed form; 0 if there is none.
    public int gzipLength() {
        return gzip == null ? 0 : gzip.length;
    }

    /// The compressed form, which nobody can change.
    ///
    /// @throws IllegalStateException if there is none
    public ByteBuffer gzip() {
        if (gzip == null) {
            throw new IllegalStateException(
                    "a document of " + length() + " bytes has no gzip form");
        }
        return ByteBuffer.wrap(gzip).asReadOnlyBuffer();
    }

    public byte[] toBytes() {
        return plain.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Payload payload
                && tag.equals(payload.tag)
                && Arrays.equals(plain, payload.plain);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(plain);
    }

    @Override
    public String toString() {
        return "Payload of %d bytes, %d compressed".formatted(length(), gzipLength());
    }

    /// The form that Redis keeps: a byte that tells how the document is kept, two for the length of
    /// the tag, the tag, and the shorter form of the document.
    byte[] stored() {
        byte[] form = gzip == null ? plain : gzip;
        byte[] name = tag.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(HEADER + name.length + form.length)
                .put(gzip == null ? PLAIN : GZIP)
                .putShort((short) name.length)
                .put(name)
                .put(form)
                .array();
    }

    /// @throws IllegalArgumentException if the bytes are none that [#stored] made
    static Payload ofStored(byte[] stored) {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(stored);
            byte kind = bytes.get();
            byte[] name = new byte[bytes.getShort()];
            bytes.get(name);
            byte[] form = new byte[bytes.remaining()];
            bytes.get(form);
            String tag = new String(name, StandardCharsets.UTF_8);
            return switch (kind) {
                case PLAIN -> new Payload(tag, form, null);
                case GZIP -> new Payload(tag, expanded(form), form);
                default ->
                        throw new IllegalArgumentException(
                                "no stored document begins with " + kind);
            };
        } catch (BufferUnderflowException | NegativeArraySizeException e) {
            throw new IllegalArgumentException("a stored document is cut off", e);
        }
    }

    /// About how many bytes of memory it takes.
    int weight() {
        return 128 + tag.length() + plain.length + gzipLength();
    }

    private static byte[] compressed(byte[] plain) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(plain.length);
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(plain);
        } catch (IOException e) {
            throw new UncheckedIOException("memory cannot be written", e);
        }
        return bytes.toByteArray();
    }

    private static byte[] expanded(byte[] gzip) {
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(gzip))) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "a stored document is damaged: " + e.getMessage(), e);
        }
    }
}
