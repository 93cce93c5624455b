package dev.twofold.postgres;

import java.util.Collections;
import java.util.Set;
import java.util.WeakHashMap;

/// How much JSON catch-ups may hold in memory as documents, in characters, shared evenly by those
/// that are under way.
///
/// As objects it comes to some times as much: each may hold its share of documents that it carries
/// over, and as much of what it has read since.
///
/// Safe for use by many threads.
final class CatchUpMemory {
    private final long most;

    /// Weak, as projections may be closed in the middle.
    private final Set<Object> underWay = Collections.newSetFromMap(new WeakHashMap<>());

    CatchUpMemory(long most) {
        this.most = most;
    }

    /// The share of one, which is under way from now on.
    synchronized long share(Object one) {
        underWay.add(one);
        return most / underWay.size();
    }

    /// It holds nothing any more.
    synchronized void leave(Object one) {
        underWay.remove(one);
    }
}
