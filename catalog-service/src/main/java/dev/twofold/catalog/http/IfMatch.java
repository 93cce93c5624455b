package dev.twofold.catalog.http;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.http.HttpStatus;

/// The `If-Match` of a command: which versions of its subject the caller will have changed.
///
/// A tag counts by the version in it, which is its last number: a product is not changed by a new
/// name of its brand, though its page is. `"7"` means the same as the tag of any page of version 7.
///
/// @param given whether there is one at all
/// @param any whether it is `*`
public record IfMatch(boolean given, boolean any, Set<Long> versions) implements LongPredicate {
    private static final Pattern TAG =
            Pattern.compile("(?:W/)?\"(?:[0-9]+-[0-9]+-)?([0-9]{1,18})(?:-p[0-9a-f]+)?\"");
    private static final Pattern EACH = Pattern.compile("(?:W/)?\"[^\"]*\"");

    public IfMatch {
        versions = Set.copyOf(versions);
    }

    static IfMatch of(List<String> headers) {
        Set<Long> versions = new HashSet<>();
        boolean any = false;
        for (String header : headers) {
            any |= header.strip().equals("*");
            Matcher each = EACH.matcher(header);
            while (each.find()) {
                Matcher tag = TAG.matcher(each.group());
                if (tag.matches()) {
                    versions.add(Long.valueOf(tag.group(1)));
                }
            }
        }
        return new IfMatch(!headers.isEmpty(), any, versions);
    }

    /// Whether a subject of this version may be changed.
    @Override
    public boolean test(long version) {
        return !given || any || versions.contains(version);
    }

    /// For a command that would undo what its caller has not seen.
    ///
    /// @throws Problem if there is no condition
    public IfMatch required() {
        if (!given) {
            throw Problem.of(
                            HttpStatus.PRECONDITION_REQUIRED,
                            "precondition-required",
                            "this replaces all there is; send the ETag of what you saw as If-Match,"
                                    + " or \"*\" to replace whatever is there")
                    .field("If-Match", null);
        }
        return this;
    }

    /// For a command whose subject has no version.
    ///
    /// @throws Problem if there is a condition
    public void refused() {
        if (given) {
            throw Problem.of(
                            HttpStatus.PRECONDITION_FAILED,
                            "precondition-failed",
                            "there is nothing here that has an entity tag; leave If-Match out")
                    .field("If-Match", null);
        }
    }

    /// What to say when the subject has another version.
    public static Problem mismatch(long version) {
        return Problem.of(
                        HttpStatus.PRECONDITION_FAILED,
                        "precondition-failed",
                        "it has changed since, and is at version %d now; look at it again before you change it"
                                .formatted(version))
                .field("If-Match", null)
                .with("version", version)
                .header("ETag", EntityTag.ofVersion(version));
    }
}
