package dev.twofold.redis;

/// Which changes have been taken in: all after `base` up to `upTo`.
///
/// A document that reflects `base` or later, and is still there, reflects `upTo`: had one of these
/// changes touched it, it would be gone. Where changes are missing the base moves behind the gap,
/// and older documents are proven up to their own position only. This is what makes it safe to miss
/// changes for whatever reason. Immutable.
record Mark(long base, long upTo) {

    static Mark at(long position) {
        return new Mark(position, position);
    }

    /// With all changes of one more stretch taken in.
    Mark with(long from, long to) {
        if (to <= upTo) {
            return this;
        }
        return new Mark(from <= upTo ? base : from, to);
    }

    /// With changes missed, the last of them at a position.
    Mark without(long position) {
        return position <= base ? this : new Mark(position, Math.max(position, upTo));
    }

    /// The position up to which an entry is proven.
    long proves(Entry entry) {
        return !entry.bound() && entry.reflects() >= base
                ? Math.max(entry.reflects(), upTo)
                : entry.reflects();
    }
}
