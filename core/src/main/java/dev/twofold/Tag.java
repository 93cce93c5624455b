package dev.twofold;

/// A name and a value by which events are found across streams, such as `sku:A1`.
///
/// The name has no colon; name and value together have at most 255 characters.
public record Tag(String name, String value) {
    static final int MAX_LENGTH = 255;

    public Tag {
        Text.require("a tag's name", name, MAX_LENGTH);
        Text.require(() -> "the value of tag \"" + name + "\"", value, MAX_LENGTH);
        if (name.indexOf(':') >= 0) {
            throw new IllegalArgumentException(
                    "a tag's name has no colon, but was \"" + name + "\"; put it into the value");
        }
        Text.requireJoined(() -> "tag \"" + name + "\"", name, ':', value, MAX_LENGTH);
    }

    /// Reads the form that [#toString] writes; the first colon ends the name.
    public static Tag parse(String text) {
        int colon = text.indexOf(':');
        if (colon < 0) {
            throw new IllegalArgumentException(
                    "a tag reads \"name:value\", but was \"" + text + "\"");
        }
        return new Tag(text.substring(0, colon), text.substring(colon + 1));
    }

    @Override
    public String toString() {
        return name + ":" + value;
    }
}
