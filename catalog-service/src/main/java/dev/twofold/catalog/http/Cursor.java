package dev.twofold.catalog.http;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;

/// A place in a listing in a form that callers pass on unread.
///
/// @param parts texts without control characters
public record Cursor(List<String> parts) {
    public Cursor {
        parts = List.copyOf(parts);
    }

    public static Cursor of(String... parts) {
        return new Cursor(List.of(parts));
    }

    /// Reads the form that [#toString] writes; parts that it cannot have written are left out.
    public static Cursor parse(String text) {
        try {
            String plain = new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8);
            return new Cursor(
                    plain.lines()
                            .filter(part -> part.chars().noneMatch(Character::isISOControl))
                            .toList());
        } catch (IllegalArgumentException _) {
            return new Cursor(List.of());
        }
    }

    @Override
    public String toString() {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(String.join("\n", parts).getBytes(StandardCharsets.UTF_8));
    }
}
