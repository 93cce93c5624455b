package dev.twofold.testkit;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twofold.Decider;
import dev.twofold.Decision;
import dev.twofold.testkit.BookDecider.Absent;
import dev.twofold.testkit.BookDecider.Book;
import dev.twofold.testkit.BookDecider.BookCommand;
import dev.twofold.testkit.BookDecider.Lend;
import dev.twofold.testkit.BookDecider.Present;
import dev.twofold.testkit.BookDecider.Refusal;
import dev.twofold.testkit.BookDecider.Remove;
import dev.twofold.testkit.LendingEvent.BookAdded;
import dev.twofold.testkit.LendingEvent.BookEvent;
import dev.twofold.testkit.LendingEvent.BookLent;
import dev.twofold.testkit.LendingEvent.BookRemoved;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class DeciderSpecTest {
    private static final BookAdded ADDED = new BookAdded("1", "Emma", "austen");
    private static final BookLent LENT = new BookLent("1", "ann");

    // quote: decider-spec
    private final DeciderSpec<BookCommand, Book, BookEvent, Refusal> book =
            DeciderSpec.of(new BookDecider());

    @Test
    void lends_a_book_that_is_there() {
        book.given(ADDED).when(new Lend("1", "ann")).then(LENT).thenUnchangedOnRepeat();
    }

    @Test
    void lends_no_book_that_another_reader_has() {
        book.given(ADDED, LENT).when(new Lend("1", "bob")).thenRefused(Refusal.LENT);
    }

    // end quote

    @Test
    void lends_no_book_twice_to_the_same_reader() {
        book.given(ADDED, LENT).when(new Lend("1", "ann")).thenUnchanged();
    }

    @Test
    void removes_a_book_once() {
        book.given(ADDED)
                .when(new Remove("1"))
                .then(new BookRemoved("1"))
                .thenRefusedOnRepeat(Refusal.NOT_THERE);
    }

    @Test
    void folds_a_history_alike_in_pieces() {
        book.given(ADDED, LENT).thenState(new Present("ann")).thenFoldsAlikeInPieces();
        book.given().thenState(new Absent()).thenFoldsAlikeInPieces();
    }

    @Test
    void fails_when_other_events_follow() {
        assertThatThrownBy(
                        () ->
                                book.given(ADDED)
                                        .when(new Lend("1", "ann"))
                                        .then(new BookLent("1", "bob")))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("given [" + ADDED + "] when Lend[isbn=1, reader=ann]")
                .hasMessageContaining("BookLent[isbn=1, reader=bob]");
    }

    @Test
    void fails_when_a_refusal_was_expected_or_a_refusal_came() {
        assertThatThrownBy(
                        () ->
                                book.given(ADDED)
                                        .when(new Lend("1", "ann"))
                                        .thenRefused(Refusal.LENT))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("Refuse[reason=LENT]")
                .hasMessageContaining("Accept[events=[BookLent[isbn=1, reader=ann]]]");
        assertThatThrownBy(() -> book.given().when(new Lend("1", "ann")).then(LENT))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("NOT_THERE");
        assertThatThrownBy(() -> book.given(ADDED).when(new Lend("1", "ann")).thenUnchanged())
                .isInstanceOf(AssertionError.class);
    }

    @Test
    void fails_when_a_repeat_changes_something() {
        assertThatThrownBy(
                        () ->
                                book.given(ADDED)
                                        .when(new Remove("1"))
                                        .then(new BookRemoved("1"))
                                        .thenUnchangedOnRepeat())
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("when Remove[isbn=1] once more");
    }

    @Test
    void fails_when_evolve_changes_the_state_it_was_given() {
        DeciderSpec<String, List<String>, String, String> spec = DeciderSpec.of(new Hoarder());

        spec.given("a").thenState(List.of("a"));
        assertThatThrownBy(() -> spec.given("a").thenFoldsAlikeInPieces())
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("taken up twice after 0");
    }

    @Test
    void fails_when_decide_depends_on_more_than_its_arguments() {
        DeciderSpec<String, List<String>, String, String> spec = DeciderSpec.of(new Hoarder());

        assertThatThrownBy(() -> spec.given().when("count"))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("the second of two decisions on count");
    }

    /// A decider that is not pure in either function.
    private static final class Hoarder implements Decider<String, List<String>, String, String> {
        private final AtomicInteger decisions = new AtomicInteger();

        @Override
        public List<String> initial() {
            return new ArrayList<>();
        }

        @Override
        public Decision<String, String> decide(String command, List<String> state) {
            return Decision.accept(command + decisions.incrementAndGet());
        }

        @Override
        public List<String> evolve(List<String> state, String event) {
            state.add(event);
            return state;
        }
    }
}
