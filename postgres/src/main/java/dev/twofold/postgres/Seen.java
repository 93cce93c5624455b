package dev.twofold.postgres;

import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The newest that this process has answered of a view: no replica that is behind that answers the
/// next. So whoever stays with one process never reads something older after something newer.
///
/// The primary is always believed, as it may itself be older for a reason: the generation before
/// serves again, or a replica took its place that lacks its last events. Safe for use by many
/// threads.
public final class Seen {
    private final AtomicReference<@Nullable Point> newest = new AtomicReference<>();
    private final Supplier<String> origin;

    /// @param origin of the log on the primary, as far as it is known
    Seen(Supplier<String> origin) {
        this.origin = origin;
    }

    /// Positions count within one origin of the log.
    record Point(String origin, int generation, long position) {

        static Point of(Sighting sighting) {
            return new Point(sighting.origin(), sighting.generation(), sighting.position());
        }

        boolean isNewerThan(Point other) {
            return generation > other.generation
                    || (generation == other.generation && position > other.position);
        }
    }

    /// The position that what comes next has to reflect; 0 if nothing was answered yet.
    public long position() {
        Point point = newest.get();
        return point == null ? 0 : point.position;
    }

    /// Whether this has been answered, or something newer, so that nothing older is from now on.
    public boolean isPast(int generation, long position) {
        Point point = newest.get();
        return point != null && (generation < point.generation || position < point.position);
    }

    /// Takes note of an answer that did not come by a read: out of a cache.
    public void answered(int generation, long position) {
        raise(new Point(origin.get(), generation, position));
    }

    @Nullable Point newest() {
        return newest.get();
    }

    /// Whether a replica's answer is not older than any before.
    boolean admits(Sighting sighting) {
        Point point = newest.get();
        return point == null
                || (point.origin.equals(sighting.origin())
                        && !isPast(sighting.generation(), sighting.position()));
    }

    void raise(Point point) {
        newest.updateAndGet(
                present -> present == null || point.isNewerThan(present) ? point : present);
    }

    /// Takes note of an answer of the primary, which may be older than what was answered before the
    /// question; not if anything was answered since.
    void confirm(@Nullable Point before, Point answered) {
        boolean goesBack =
                before != null
                        && (answered.generation < before.generation
                                || !answered.origin.equals(before.origin));
        if (goesBack) {
            newest.compareAndSet(before, answered);
        } else {
            raise(answered);
        }
    }
}
