package dev.twofold.postgres;

import dev.twofold.Recorded;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A stretch of the log: those events after one position and up to another that a projection wants.
///
/// @param failure the event after `upTo` that could not be decoded, if that is where the page ends
/// @param full whether the log may have more after it
/// @param length of the events' data in characters, at most
record Page<E>(
        long after,
        long upTo,
        List<Recorded<E>> events,
        @Nullable EventFailure failure,
        boolean full,
        long length) {

    /// The part of the page up to a position, which lies in it.
    Page<E> upTo(long position) {
        if (position >= upTo) {
            return this;
        }
        List<Recorded<E>> part = events.stream().filter(e -> e.position() <= position).toList();
        return new Page<>(after, position, part, null, true, length);
    }

    /// The part of the page before an event, which then failed.
    Page<E> before(EventFailure event) {
        List<Recorded<E>> part =
                events.stream().filter(e -> e.position() < event.position()).toList();
        return new Page<>(after, event.position() - 1, part, event, full, length);
    }
}
