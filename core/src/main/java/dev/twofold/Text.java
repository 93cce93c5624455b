package dev.twofold;

import java.util.function.Supplier;

/// Checks the text values that end up in indexed columns of a log.
final class Text {
    private Text() {}

    /// Returns `value` when it is not blank, has no control character and at most `max` characters.
    static String require(String what, String value, int max) {
        return require(() -> what, value, max);
    }

    /// As [#require(String, String, int)], for values that are read by the million: what they are
    /// is put into words only if one is refused.
    static String require(Supplier<String> what, String value, int max) {
        if (value.isBlank()) {
            throw new IllegalArgumentException(
                    what.get() + " is blank; give at least one character");
        }
        requireLength(what, value, max);
        boolean surrogates = false;
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (Character.isISOControl(c)) {
                throw new IllegalArgumentException(
                        "%s has the control character U+%04X at index %d; remove it"
                                .formatted(what.get(), (int) c, i));
            }
            surrogates |= Character.isSurrogate(c);
        }
        return surrogates ? requireUnicode(what.get(), value) : value;
    }

    private static void requireLength(Supplier<String> what, String value, int max) {
        if (value.length() > max) {
            throw new IllegalArgumentException(
                    "%s has %d characters, the limit is %d: \"%s…\""
                            .formatted(what.get(), value.length(), max, value.substring(0, 40)));
        }
    }

    /// Checks that two values have at most `max` characters with the one between them.
    static void requireJoined(
            Supplier<String> what, String first, char between, String second, int max) {
        if (first.length() + 1 + second.length() > max) {
            requireLength(what, first + between + second, max);
        }
    }

    /// Returns `value` when it has a form in UTF-8, and no U+0000, which PostgreSQL cannot store.
    static String requireUnicode(String what, String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == 0) {
                throw new IllegalArgumentException(
                        "%s has the character U+0000 at index %d; remove it".formatted(what, i));
            }
            if (Character.isSurrogate(c)) {
                if (Character.charCount(value.codePointAt(i)) == 1) {
                    throw new IllegalArgumentException(
                            "%s has half of a surrogate pair, U+%04X, at index %d; cut text between code points"
                                    .formatted(what, (int) c, i));
                }
                i++;
            }
        }
        return value;
    }
}
