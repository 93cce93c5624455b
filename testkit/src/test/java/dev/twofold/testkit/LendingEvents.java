package dev.twofold.testkit;

import dev.twofold.Codec;
import dev.twofold.EventTypes;
import dev.twofold.testkit.LendingEvent.AuthorNamed;
import dev.twofold.testkit.LendingEvent.BookAdded;
import dev.twofold.testkit.LendingEvent.BookLent;
import dev.twofold.testkit.LendingEvent.BookRemoved;
import dev.twofold.testkit.LendingEvent.BookReturned;

/// The names under which the library's events are stored.
final class LendingEvents {
    private LendingEvents() {}

    static EventTypes<LendingEvent> types(Codec codec) {
        return EventTypes.builder(LendingEvent.class, codec)
                .event("book-added", 1, BookAdded.class)
                .event("book-lent", 1, BookLent.class)
                .event("book-returned", 1, BookReturned.class)
                .event("book-removed", 1, BookRemoved.class)
                .event("author-named", 1, AuthorNamed.class)
                .build();
    }
}
