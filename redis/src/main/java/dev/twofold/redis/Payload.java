package dev.twofold.redis;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/// The bytes of a document as they are answered, plain and compressed with gzip.
///
/// Below 256 bytes, or where it saves nothing, there is no compressed form. Immutable.
public final class Payload {
    private static final int WORTH_COMPRESSING = 256;
    private static final byte PLAIN = 0;
    private static final byte GZIP = 1;

    private final byte[] plain;
    private final byte @Nullable [] gzip;

    private Payload(byte[] plain, byte @Nullable [] gzip) {
        this.plain = plain;
        this.gzip = gzip;
    }

    public static Payload of(byte[] bytes) {
        byte[] plain = bytes.clone();
        byte[] gzip = plain.length < WORTH_COMPRESSING ? plain : compressed(plain);
        return new Payload(plain, gzip.length < plain.length ? gzip : null);
    }

    /// The length of the plain form.
    public int length() {
        return plain.length;
    }

    public void writeTo(OutputStream out) throws IOException {
        out.write(plain);
    }

    /// The length of the compressed form; 0 if there is none.
    public int gzipLength() {
        return gzip == null ? 0 : gzip.length;
    }

    /// @throws IllegalStateException if there is no compressed form
    public void writeGzipTo(OutputStream out) throws IOException {
        if (gzip == null) {
            throw new IllegalStateException(
                    "a document of " + length() + " bytes has no gzip form");
        }
        out.write(gzip);
    }

    public byte[] toBytes() {
        return plain.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Payload payload && Arrays.equals(plain, payload.plain);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(plain);
    }

    @Override
    public String toString() {
        return "Payload of %d bytes, %d compressed".formatted(length(), gzipLength());
    }

    /// The form that Redis keeps: the shorter one, behind a byte that tells which it is.
    byte[] stored() {
        byte[] form = gzip == null ? plain : gzip;
        byte[] stored = new byte[form.length + 1];
        stored[0] = gzip == null ? PLAIN : GZIP;
        System.arraycopy(form, 0, stored, 1, form.length);
        return stored;
    }

    /// @throws IllegalArgumentException if the bytes are none that [#stored] made
    static Payload ofStored(byte[] stored) {
        byte[] form = Arrays.copyOfRange(stored, 1, stored.length);
        return switch (stored[0]) {
            case PLAIN -> new Payload(form, null);
            case GZIP -> new Payload(expanded(form), form);
            default ->
                    throw new IllegalArgumentException(
                            "no stored document begins with " + stored[0]);
        };
    }

    /// About how many bytes of memory it takes.
    int weight() {
        return 64 + plain.length + gzipLength();
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
