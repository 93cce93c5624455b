package dev.twofold.testkit;

import dev.twofold.Decider;
import dev.twofold.Decision;
import dev.twofold.testkit.BookDecider.Book;
import dev.twofold.testkit.BookDecider.BookCommand;
import dev.twofold.testkit.BookDecider.Refusal;
import dev.twofold.testkit.LendingEvent.BookAdded;
import dev.twofold.testkit.LendingEvent.BookEvent;
import dev.twofold.testkit.LendingEvent.BookLent;
import dev.twofold.testkit.LendingEvent.BookRemoved;
import dev.twofold.testkit.LendingEvent.BookReturned;
import org.jspecify.annotations.Nullable;

/// Lends a book to one reader at a time.
final class BookDecider implements Decider<BookCommand, Book, BookEvent, Refusal> {

    sealed interface BookCommand {}

    record Lend(String isbn, String reader) implements BookCommand {}

    record Remove(String isbn) implements BookCommand {}

    sealed interface Book {}

    record Absent() implements Book {}

    record Present(@Nullable String reader) implements Book {}

    enum Refusal {
        NOT_THERE,
        LENT
    }

    @Override
    public Book initial() {
        return new Absent();
    }

    @Override
    public Decision<BookEvent, Refusal> decide(BookCommand command, Book book) {
        if (!(book instanceof Present(var reader))) {
            return Decision.refuse(Refusal.NOT_THERE);
        }
        return switch (command) {
            case Lend(var isbn, var to) when reader == null ->
                    Decision.accept(new BookLent(isbn, to));
            case Lend(_, var to) when to.equals(reader) -> Decision.unchanged();
            case Lend _ -> Decision.refuse(Refusal.LENT);
            case Remove _ when reader != null -> Decision.refuse(Refusal.LENT);
            case Remove(var isbn) -> Decision.accept(new BookRemoved(isbn));
        };
    }

    @Override
    public Book evolve(Book book, BookEvent event) {
        return switch (event) {
            case BookAdded _, BookReturned _ -> new Present(null);
            case BookLent(_, var reader) -> new Present(reader);
            case BookRemoved _ -> new Absent();
        };
    }
}
