package dev.twofold;

/// The name of one stream: what kind of thing it tells of and which one, such as `product-42`.
///
/// The category has no hyphen; both together have at most 255 characters.
public record StreamId(String category, String id) {
    static final int MAX_LENGTH = 255;

    public StreamId {
        Text.require("a stream's category", category, MAX_LENGTH);
        Text.require(() -> "the id of a stream in \"" + category + "\"", id, MAX_LENGTH);
        if (category.indexOf('-') >= 0) {
            throw new IllegalArgumentException(
                    "a stream's category has no hyphen, but was \""
                            + category
                            + "\"; the first hyphen of a stream's name ends the category");
        }
        Text.requireJoined(() -> "stream \"" + category + "\"", category, '-', id, MAX_LENGTH);
    }

    /// Reads the form that [#toString] writes; the first hyphen ends the category.
    public static StreamId parse(String text) {
        int hyphen = text.indexOf('-');
        if (hyphen < 0) {
            throw new IllegalArgumentException(
                    "a stream reads \"category-id\", but was \"" + text + "\"");
        }
        return new StreamId(text.substring(0, hyphen), text.substring(hyphen + 1));
    }

    @Override
    public String toString() {
        return category + "-" + id;
    }
}
