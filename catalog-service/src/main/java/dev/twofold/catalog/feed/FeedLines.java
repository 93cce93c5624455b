package dev.twofold.catalog.feed;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// The lines of a file in UTF-8, as they lie there: a line break ends a line even inside quotes.
///
/// Holds one line at a time, of at most a mebibyte. A byte order mark is passed over. Not safe for
/// use by many threads.
final class FeedLines {
    static final int MAX_BYTES = 1 << 20;

    private final InputStream in;
    private final CharsetDecoder utf8 =
            StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT);
    private long number;
    private long bytesRead;

    FeedLines(InputStream in) {
        this.in = new BufferedInputStream(in, 1 << 16);
    }

    /// A line without its line break, or what kept it from being read.
    ///
    /// @param number 1 for the first line of the file
    /// @param end its line break; empty at the end of the file
    /// @param fault null if the text is that of the line
    record Line(long number, String text, String end, @Nullable String fault) {}

    long bytesRead() {
        return bytesRead;
    }

    /// The next line; null at the end of the file.
    @Nullable Line next() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
        long before = bytesRead;
        int b = in.read();
        while (b >= 0 && b != '\n') {
            bytesRead++;
            if (bytes.size() <= MAX_BYTES) {
                bytes.write(b);
            }
            b = in.read();
        }
        if (b < 0 && bytesRead == before) {
            return null;
        }
        bytesRead += b < 0 ? 0 : 1;
        number++;
        return line(bytes.toByteArray(), b < 0 ? "" : "\n");
    }

    private Line line(byte[] bytes, String feed) {
        if (bytes.length > MAX_BYTES) {
            return new Line(number, "", feed, "it is longer than %,d bytes".formatted(MAX_BYTES));
        }
        int length = bytes.length;
        String end = feed;
        if (length > 0 && bytes[length - 1] == '\r') {
            length--;
            end = "\r" + feed;
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes, 0, length);
        try {
            String text = utf8.decode(buffer).toString();
            boolean marked = number == 1 && text.startsWith("\uFEFF");
            return new Line(number, marked ? text.substring(1) : text, end, null);
        } catch (CharacterCodingException e) {
            return new Line(
                    number,
                    "",
                    end,
                    "byte %d of it, 0x%02X, is not UTF-8; save the feed as UTF-8"
                            .formatted(buffer.position() + 1, bytes[buffer.position()]));
        }
    }
}
