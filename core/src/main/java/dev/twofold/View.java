package dev.twofold;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A read model as a pure fold: which documents an event touches, and how it changes each of them.
///
/// @param <E> events
/// @param <D> documents
public interface View<E, D> {

    /// The view's name, in lower case with hyphens.
    String name();

    /// Raised when the fold or the document's shape changes, so that the documents are made anew.
    int revision();

    /// The class of the documents.
    Class<D> documentType();

    /// The documents that the event touches, and those it looks up.
    Keys keys(E event);

    /// The document after the event; null for none, before as after.
    ///
    /// @throws RuntimeException if the event cannot be folded
    @Nullable D fold(String key, @Nullable D document, Recorded<E> event, Lookup lookup);

    /// Names under which a later event finds this document by [Keys#referring]; none unless told.
    default Set<String> references(D document) {
        return Set.of();
    }

    /// Views that this one looks documents up in. They are kept in step with it, event by event.
    default List<View<E, ?>> lookups() {
        return List.of();
    }

    /// Documents of the view itself or of one of its lookups, as they are at the event.
    interface Lookup {
        /// The document that [Keys#reading] asked for.
        ///
        /// @throws IllegalArgumentException if the event's keys did not ask for it
        <D> Optional<D> find(View<?, D> view, String key);
    }
}
