package dev.twofold.catalog.http;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// What one representation of an answer is told from its others by.
///
/// All are weak (RFC 9110, 8.8.3), because the same answer also goes out compressed. That of a
/// document is made of the view's generation, the position of the event that touched it last and,
/// if it has one, the version that `If-Match` compares; that of a listing of the generation and of
/// what is in it.
final class EntityTag {
    private static final int DIGEST_BYTES = 12;

    private EntityTag() {}

    static String ofDocument(int generation, long position) {
        return "W/\"%d-%d\"".formatted(generation, position);
    }

    static String ofDocument(int generation, long position, long version) {
        return "W/\"%d-%d-%d\"".formatted(generation, position, version);
    }

    /// Of what counts its changes, whatever shows it.
    static String ofVersion(long version) {
        return "W/\"%d\"".formatted(version);
    }

    /// Of a row that counts its changes, in the database of one log.
    static String ofRow(String epoch, long version) {
        return "W/\"%d-0-%d\"".formatted(Integer.toUnsignedLong(epoch.hashCode()), version);
    }

    /// Of what is answered as these bytes, as of a generation of a view, or 0 without one.
    static String ofContent(int generation, byte[] content) {
        return "W/\"%d-%s\"".formatted(generation, digest(content));
    }

    /// The tag of the same for people: HTML made from a template.
    ///
    /// @param template what tells the template from that of another release
    static String asPage(String tag, String template) {
        return "%s-p%s\"".formatted(tag.substring(0, tag.length() - 1), template);
    }

    static String digest(byte[] content) {
        return HexFormat.of().formatHex(sha256(content), 0, DIGEST_BYTES);
    }

    private static byte[] sha256(byte[] content) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(content);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    static String digest(String text) {
        return digest(text.getBytes(StandardCharsets.UTF_8));
    }
}
