package dev.twofold;

/// Checks the text values that end up in indexed columns of a log.
final class Text {
    private Text() {}

    /// Returns `value` when it is not blank, has no control character and at most `max` characters.
    static String require(String what, String value, int max) {
        if (value.isBlank()) {
            throw new IllegalArgumentException(what + " is blank; give at least one character");
        }
        if (value.length() > max) {
            throw new IllegalArgumentException(
                    "%s has %d characters, the limit is %d: \"%s…\""
                            .formatted(what, value.length(), max, value.substring(0, 40)));
        }
        for (int i = 0; i < value.length(); i++) {
            if (Character.isISOControl(value.charAt(i))) {
                throw new IllegalArgumentException(
                        "%s has the control character U+%04X at index %d; remove it"
                                .formatted(what, (int) value.charAt(i), i));
            }
        }
        return requireUnicode(what, value);
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
