package dev.twofold.testkit;

import dev.twofold.Keys;
import dev.twofold.Recorded;
import dev.twofold.View;
import dev.twofold.testkit.LendingEvent.AuthorNamed;
import dev.twofold.testkit.LendingEvent.BookAdded;
import dev.twofold.testkit.LendingEvent.BookEvent;
import dev.twofold.testkit.LendingEvent.BookLent;
import dev.twofold.testkit.LendingEvent.BookRemoved;
import dev.twofold.testkit.LendingEvent.BookReturned;
import dev.twofold.testkit.ShelfView.Shelved;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Each book with the name of its author, which it follows.
class ShelfView implements View<LendingEvent, Shelved> {
    static final AuthorView AUTHORS = new AuthorView();

    record Shelved(String title, String authorId, String author, boolean lent) {}

    record Author(String name) {}

    @Override
    public String name() {
        return "shelf";
    }

    @Override
    public int revision() {
        return 1;
    }

    @Override
    public Class<Shelved> documentType() {
        return Shelved.class;
    }

    @Override
    public Keys keys(LendingEvent event) {
        return switch (event) {
            case BookAdded(var isbn, _, var author) -> Keys.of(isbn).reading(AUTHORS, author);
            case BookEvent book -> Keys.of(book.isbn());
            case AuthorNamed(var author, _) -> Keys.none().referring(author);
        };
    }

    @Override
    public @Nullable Shelved fold(
            String key, @Nullable Shelved shelved, Recorded<LendingEvent> event, Lookup lookup) {
        return switch (event.event()) {
            case BookAdded(_, var title, var author) ->
                    new Shelved(
                            title,
                            author,
                            lookup.find(AUTHORS, author).map(Author::name).orElse("unknown"),
                            false);
            case BookLent _ when shelved != null -> lent(shelved, true);
            case BookReturned _ when shelved != null -> lent(shelved, false);
            case AuthorNamed(_, var name) when shelved != null ->
                    new Shelved(shelved.title, shelved.authorId, name, shelved.lent);
            case BookRemoved _ -> null;
            case BookLent _, BookReturned _, AuthorNamed _ -> null;
        };
    }

    private static Shelved lent(Shelved shelved, boolean lent) {
        return new Shelved(shelved.title, shelved.authorId, shelved.author, lent);
    }

    @Override
    public Set<String> references(Shelved shelved) {
        return Set.of(shelved.authorId);
    }

    @Override
    public List<View<LendingEvent, ?>> lookups() {
        return List.of(AUTHORS);
    }

    /// Each author's name.
    static final class AuthorView implements View<LendingEvent, Author> {
        @Override
        public String name() {
            return "author";
        }

        @Override
        public int revision() {
            return 1;
        }

        @Override
        public Class<Author> documentType() {
            return Author.class;
        }

        @Override
        public Keys keys(LendingEvent event) {
            return event instanceof AuthorNamed named ? Keys.of(named.author()) : Keys.none();
        }

        @Override
        public @Nullable Author fold(
                String key, @Nullable Author author, Recorded<LendingEvent> event, Lookup lookup) {
            return event.event() instanceof AuthorNamed named ? new Author(named.name()) : author;
        }
    }
}
