package dev.twofold.postgres;

import dev.twofold.EventFeed;
import dev.twofold.Recorded;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Feeds a live fold from the log, up to exactly the positions that are asked for. Not safe for use
/// by many threads.
final class LiveReplay<E> {
    private static final int PAGE = 5_000;

    private final LiveFold<E> fold;
    private final Dropped dropped;
    private final LogPages<E> log;
    private @Nullable Page<E> page;
    private long folded;

    /// @param after the position that the fold starts after
    LiveReplay(
            EventFeed feed,
            Projection<E> projection,
            LiveFold<E> fold,
            Dropped dropped,
            long after) {
        this.fold = fold;
        this.dropped = dropped;
        this.log = new LogPages<>(feed, projection);
        this.folded = after;
    }

    /// Reads ahead as far as the log goes, or a page can; up to there [#foldUpTo] reads nothing.
    long readOn() {
        Page<E> next = dropped.without(log.read(folded, PAGE, true));
        page = next;
        return next.upTo();
    }

    /// @throws EventFailure if an event before cannot be decoded, or fits no document
    void foldUpTo(long position) throws EventFailure {
        while (folded < position) {
            Page<E> at = page;
            if (at == null || at.upTo() <= folded) {
                readOn();
                at = page;
            }
            if (at == null || at.upTo() <= folded) {
                EventFailure failure = at == null ? null : at.failure();
                if (failure != null) {
                    throw failure;
                }
                throw new IllegalStateException(
                        "the log ends at position %d, but a projection of it is at %d"
                                .formatted(folded, position));
            }
            long from = folded;
            long upTo = Math.min(position, at.upTo());
            List<Recorded<E>> events =
                    at.events().stream()
                            .filter(e -> e.position() > from && e.position() <= upTo)
                            .toList();
            fold.take(events);
            folded = upTo;
        }
    }
}
