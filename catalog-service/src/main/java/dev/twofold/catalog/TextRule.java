package dev.twofold.catalog;

import java.util.Optional;

/// What a text may hold: something other than blanks, at most `max` characters, no control
/// characters, and surrogates only in pairs.
///
/// @param lines whether line breaks and tabs are allowed
public record TextRule(int max, boolean lines) {

    public static TextRule line(int max) {
        return new TextRule(max, false);
    }

    public static TextRule lines(int max) {
        return new TextRule(max, true);
    }

    /// What is wrong with a text, and what would be right; empty if nothing is.
    public Optional<String> fault(String text) {
        if (text.isBlank()) {
            return Optional.of("it is blank; give at least one character");
        }
        if (text.length() > max) {
            return Optional.of(
                    "it has %,d characters, the limit is %,d".formatted(text.length(), max));
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isISOControl(c) && !(lines && (c == '\n' || c == '\r' || c == '\t'))) {
                return Optional.of(
                        "it has the control character U+%04X at index %d; remove it"
                                .formatted((int) c, i));
            }
            if (Character.isHighSurrogate(c)
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                return Optional.of(
                        "it has half a character, U+%04X, at index %d; remove it"
                                .formatted((int) c, i));
            }
        }
        return Optional.empty();
    }
}
