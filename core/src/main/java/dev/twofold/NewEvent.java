package dev.twofold;

import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// An event on its way into the log.
///
/// `data` is JSON of at most 1,048,576 characters; at most 50 tags. The id makes an append safe to
/// repeat: a log that has the event already answers with what it did the first time.
public record NewEvent(
        UUID id,
        @Nullable StreamId stream,
        String type,
        int revision,
        String data,
        Set<Tag> tags,
        Metadata metadata) {
    public static final int MAX_DATA_LENGTH = 1 << 20;
    public static final int MAX_TAGS = 50;
    static final int MAX_TYPE_LENGTH = 100;

    public NewEvent {
        Text.require("an event's type", type, MAX_TYPE_LENGTH);
        if (revision < 1) {
            throw new IllegalArgumentException(
                    "the revision of event type \"%s\" is 1 or more, but was %d"
                            .formatted(type, revision));
        }
        if (data.length() > MAX_DATA_LENGTH) {
            throw new IllegalArgumentException(
                    ("the data of an event \"%s\" has %,d characters, the limit is %,d; store large"
                                    + " content elsewhere and refer to it")
                            .formatted(type, data.length(), MAX_DATA_LENGTH));
        }
        Text.requireUnicode("the data of an event \"" + type + "\"", data);
        tags = Set.copyOf(tags);
        if (tags.size() > MAX_TAGS) {
            throw new IllegalArgumentException(
                    "an event \"%s\" has %d tags, the limit is %d"
                            .formatted(type, tags.size(), MAX_TAGS));
        }
    }
}
