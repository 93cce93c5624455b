package dev.twofold.catalog.http;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.http.HttpStatus;

/// What a writer takes along so that its next query is answered no older than its write.
///
/// @param epoch of the log, which changes when a log is replaced by another one
/// @param position in the log
public record ConsistencyToken(String epoch, long position) {
    public static final String HEADER = "Consistency-Token";
    private static final Pattern FORM = Pattern.compile("([0-9A-Za-z-]{1,64})@([0-9]{1,18})");

    /// Reads the form that [#toString] writes.
    ///
    /// @throws Problem if the text is no token, or one of another log
    static ConsistencyToken parse(String text, String epoch) {
        Matcher parts = FORM.matcher(decoded(text));
        if (!parts.matches()) {
            throw problem(text, "is not a token that this catalog gave out; send one unchanged")
                    .with("reason", "malformed");
        }
        if (!parts.group(1).equals(epoch)) {
            throw problem(
                            text,
                            "belongs to another log, or to this one before it was restored: what it"
                                + " stands for may be gone; leave it out, and write again if need"
                                + " be")
                    .with("reason", "other-log");
        }
        return new ConsistencyToken(epoch, Long.parseLong(parts.group(2)));
    }

    @Override
    public String toString() {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(
                        "%s@%d".formatted(epoch, position).getBytes(StandardCharsets.UTF_8));
    }

    /// What to say to a token for a position that the log does not have.
    static Problem beyond(long wanted, long last) {
        return Problem.of(
                        HttpStatus.BAD_REQUEST,
                        "invalid-consistency-token",
                        "the consistency token is for position %d, but the log ends at %d: what it stands for was undone by a restore, or never was; leave it out, and write again if need be"
                                .formatted(wanted, last))
                .field(HEADER, null)
                .with("reason", "beyond-the-log")
                .with("wanted", wanted)
                .with("last", last);
    }

    private static String decoded(String text) {
        try {
            return new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException _) {
            return "";
        }
    }

    private static Problem problem(String text, String what) {
        return Problem.of(
                        HttpStatus.BAD_REQUEST,
                        "invalid-consistency-token",
                        "the consistency token \"%s\" %s".formatted(text, what))
                .field(HEADER, text);
    }
}
