package dev.twofold.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.Metadata;
import dev.twofold.Recorded;
import dev.twofold.View;
import dev.twofold.ViewFold;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;

/// Says of a view: given these events, then there are those documents.
///
/// The events are folded in one batch, one by one, and in batches of random sizes from a fixed
/// seed; each way has to make the same documents, those of the lookups included.
///
/// @param <E> events
/// @param <D> documents
public final class ViewSpec<E, D> {
    private static final int SPLITS = 20;
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final View<E, D> view;

    private ViewSpec(View<E, D> view) {
        this.view = view;
    }

    public static <E, D> ViewSpec<E, D> of(View<E, D> view) {
        return new ViewSpec<>(view);
    }

    /// What happened: the first event has position and version 1, and each is recorded one second
    /// after the one before, the first at 2026-01-01T00:00:01Z.
    @SafeVarargs
    public final Given given(E... events) {
        return given(
                IntStream.rangeClosed(1, events.length)
                        .mapToObj(
                                i ->
                                        new Recorded<>(
                                                events[i - 1],
                                                i,
                                                i,
                                                START.plusSeconds(i),
                                                Metadata.none()))
                        .toList());
    }

    /// What happened, where a view looks at positions, versions, times or metadata.
    public Given given(List<Recorded<E>> history) {
        InMemoryDocuments whole = fold(history, List.of(history.size()));
        assertAlike(
                history, whole, IntStream.range(0, history.size()).map(_ -> 1).boxed().toList());
        for (int seed = 1; seed <= SPLITS; seed++) {
            assertAlike(history, whole, randomSizes(history.size(), new Random(seed)));
        }
        return new Given(whole);
    }

    private void assertAlike(
            List<Recorded<E>> history, InMemoryDocuments whole, List<Integer> sizes) {
        assertThat(fold(history, sizes).rows())
                .as(
                        "documents of view \"%s\" folded in batches of %s, compared to one batch",
                        view.name(), sizes)
                .isEqualTo(whole.rows());
    }

    private InMemoryDocuments fold(List<Recorded<E>> history, List<Integer> sizes) {
        ViewFold<E> fold = new ViewFold<>(view);
        InMemoryDocuments documents = new InMemoryDocuments();
        int from = 0;
        for (int size : sizes) {
            documents.apply(fold.fold(history.subList(from, from + size), documents));
            from += size;
        }
        return documents;
    }

    private static List<Integer> randomSizes(int total, Random random) {
        List<Integer> sizes = new ArrayList<>();
        for (int left = total; left > 0; left -= sizes.getLast()) {
            sizes.add(1 + random.nextInt(Math.min(left, 1 + random.nextInt(8))));
        }
        return sizes;
    }

    /// The documents after a history.
    public final class Given {
        private final InMemoryDocuments documents;

        private Given(InMemoryDocuments documents) {
            this.documents = documents;
        }

        /// The view has this document under the key.
        public Given then(String key, D expected) {
            return then(view, key, expected);
        }

        /// A view, such as one of the lookups, has this document under the key.
        public <T> Given then(View<E, T> of, String key, T expected) {
            assertThat(documents.find(of, key))
                    .as("document \"%s\" of view \"%s\"", key, of.name())
                    .contains(expected);
            return this;
        }

        /// The view has exactly these documents.
        public Given thenAll(Map<String, D> expected) {
            assertThat(documents.all(view))
                    .as("all documents of view \"%s\"", view.name())
                    .isEqualTo(expected);
            return this;
        }

        /// The view has no document under the key.
        public Given thenNone(String key) {
            assertThat(documents.find(view, key))
                    .as("document \"%s\" of view \"%s\"", key, view.name())
                    .isEmpty();
            return this;
        }
    }
}
