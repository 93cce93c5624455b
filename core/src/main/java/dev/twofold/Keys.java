package dev.twofold;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The documents that one event concerns.
///
/// @param direct keys of documents it touches
/// @param referring names; it touches every document that has one of them among its references
/// @param reads documents that folding it looks up
public record Keys(Set<String> direct, Set<String> referring, Set<Read> reads) {
    private static final Keys NONE = new Keys(Set.of(), Set.of(), Set.of());

    /// A document of a view.
    public record Read(View<?, ?> view, String key) {}

    public Keys {
        direct = Set.copyOf(direct);
        referring = Set.copyOf(referring);
        reads = Set.copyOf(reads);
    }

    /// The event does not concern the view.
    public static Keys none() {
        return NONE;
    }

    /// The event touches the documents with these keys.
    public static Keys of(String... keys) {
        return new Keys(Set.copyOf(List.of(keys)), Set.of(), Set.of());
    }

    /// The event also touches every document that refers to this name.
    public Keys referring(String name) {
        return new Keys(direct, plus(referring, name), reads);
    }

    /// Folding the event also looks up a document of this view or of one of its lookups.
    public Keys reading(View<?, ?> view, String key) {
        return new Keys(direct, referring, plus(reads, new Read(view, key)));
    }

    private static <T> Set<T> plus(Set<T> set, T one) {
        Set<T> more = new HashSet<>(set);
        more.add(one);
        return more;
    }
}
