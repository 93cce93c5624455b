package dev.twofold.testkit;

/// What happens in a small library, which the tests use as their example.
sealed interface LendingEvent {

    /// What happens to one book.
    sealed interface BookEvent extends LendingEvent {
        String isbn();
    }

    record BookAdded(String isbn, String title, String author) implements BookEvent {}

    record BookLent(String isbn, String reader) implements BookEvent {}

    record BookReturned(String isbn) implements BookEvent {}

    record BookRemoved(String isbn) implements BookEvent {}

    record AuthorNamed(String author, String name) implements LendingEvent {}
}
