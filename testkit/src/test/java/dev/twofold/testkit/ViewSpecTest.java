package dev.twofold.testkit;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twofold.Keys;
import dev.twofold.Recorded;
import dev.twofold.testkit.LendingEvent.AuthorNamed;
import dev.twofold.testkit.LendingEvent.BookAdded;
import dev.twofold.testkit.LendingEvent.BookLent;
import dev.twofold.testkit.LendingEvent.BookRemoved;
import dev.twofold.testkit.LendingEvent.BookReturned;
import dev.twofold.testkit.ShelfView.Author;
import dev.twofold.testkit.ShelfView.Shelved;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ViewSpecTest {
    private static final BookAdded EMMA = new BookAdded("1", "Emma", "austen");
    private static final BookAdded PERSUASION = new BookAdded("2", "Persuasion", "austen");
    private static final AuthorNamed AUSTEN = new AuthorNamed("austen", "J. Austen");

    // quote: view-spec
    private final ViewSpec<LendingEvent, Shelved> shelf = ViewSpec.of(new ShelfView());

    @Test
    void shows_the_name_of_the_author() {
        shelf.given(AUSTEN, EMMA).then("1", new Shelved("Emma", "austen", "J. Austen", false));
    }

    @Test
    void follows_the_name_of_the_author() {
        shelf.given(AUSTEN, EMMA, PERSUASION, new AuthorNamed("austen", "Jane Austen"))
                .then("1", new Shelved("Emma", "austen", "Jane Austen", false))
                .then("2", new Shelved("Persuasion", "austen", "Jane Austen", false));
    }

    // end quote

    @Test
    void shows_the_documents_of_lookups() {
        shelf.given(AUSTEN).then(ShelfView.AUTHORS, "austen", new Author("J. Austen"));
    }

    @Test
    void shows_all_documents_after_deletes() {
        shelf.given(EMMA, PERSUASION, new BookLent("2", "ann"), new BookRemoved("1"), EMMA)
                .thenAll(
                        Map.of(
                                "1", new Shelved("Emma", "austen", "unknown", false),
                                "2", new Shelved("Persuasion", "austen", "unknown", true)));
        shelf.given(EMMA, new BookRemoved("1")).thenNone("1").thenAll(Map.of());
        shelf.given().thenAll(Map.of());
    }

    @Test
    void fails_for_another_document_and_names_it() {
        assertThatThrownBy(
                        () ->
                                shelf.given(EMMA)
                                        .then("1", new Shelved("Emma", "austen", "unknown", true)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("document \"1\" of view \"shelf\"");
        assertThatThrownBy(() -> shelf.given(EMMA).thenNone("1"))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("document \"1\" of view \"shelf\"");
        assertThatThrownBy(() -> shelf.given(EMMA).thenAll(Map.of()))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("all documents of view \"shelf\"");
    }

    @Test
    void fails_for_a_view_that_depends_on_the_size_of_the_batch() {
        ViewSpec<LendingEvent, Shelved> spec = ViewSpec.of(new BatchCountingView());

        assertThatThrownBy(() -> spec.given(EMMA, new BookLent("1", "ann"), new BookReturned("1")))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("folded in batches of [1, 1, 1], compared to one batch");
    }

    /// A view that counts the events of a batch, outside the documents.
    private static final class BatchCountingView extends ShelfView {
        private boolean folding;
        private int events;

        @Override
        public Keys keys(LendingEvent event) {
            events = folding ? 1 : events + 1;
            folding = false;
            return super.keys(event);
        }

        @Override
        public Shelved fold(
                String key,
                @Nullable Shelved shelved,
                Recorded<LendingEvent> event,
                Lookup lookup) {
            folding = true;
            return new Shelved("one of " + events, "austen", "unknown", false);
        }
    }
}
