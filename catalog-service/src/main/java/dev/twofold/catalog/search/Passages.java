package dev.twofold.catalog.search;

import dev.twofold.catalog.search.SearchResult.Passage;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Parts of a text in which the database has marked what was looked for.
///
/// The marks are characters of the private use area, which are taken out of the text before it is
/// marked. So no text can bring marks of its own, and none ever becomes markup.
final class Passages {
    static final char START = '\uE000';
    static final char STOP = '\uE001';

    private Passages() {}

    /// The parts; null for no text.
    static @Nullable List<Passage> of(@Nullable String marked) {
        if (marked == null || marked.isBlank()) {
            return null;
        }
        List<Passage> passages = new ArrayList<>();
        int from = 0;
        boolean hit = false;
        for (int at = 0; at <= marked.length(); at++) {
            boolean end = at == marked.length();
            if (end || marked.charAt(at) == START || marked.charAt(at) == STOP) {
                if (at > from) {
                    passages.add(new Passage(marked.substring(from, at), hit));
                }
                hit = !end && marked.charAt(at) == START;
                from = at + 1;
            }
        }
        return passages;
    }

    /// The parts if there is a hit among them.
    static @Nullable List<Passage> withHits(@Nullable String marked) {
        return marked == null || marked.indexOf(START) < 0 ? null : of(marked);
    }
}
