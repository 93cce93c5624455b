package dev.twofold.postgres;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/// What is known of the primary: whose log it has, and how much it had written at which time. Safe
/// for use by many threads.
final class Primary {
    private static final int LOOKS = 1_000;

    private final Deque<Look> looks = new ArrayDeque<>();
    private String origin = "";
    private long system;
    private long position;

    /// @param at by [System#nanoTime]
    /// @param written bytes of the write-ahead log
    private record Look(long at, long written) {}

    synchronized void learn(ServerLook look, long at) {
        origin = look.origin();
        system = look.system();
        position = look.position();
        if (!looks.isEmpty() && look.wal() < looks.getLast().written) {
            looks.clear(); // another server has taken its place
        }
        looks.addLast(new Look(at, look.wal()));
        if (looks.size() > LOOKS) {
            looks.removeFirst();
        }
    }

    /// Empty as long as nothing is known.
    synchronized String origin() {
        return origin;
    }

    synchronized long system() {
        return system;
    }

    synchronized long position() {
        return position;
    }

    synchronized long written() {
        return looks.isEmpty() ? 0 : looks.getLast().written;
    }

    /// How long before the last look the primary had written more than so much: a lag that does not
    /// grow while the primary is out of reach.
    synchronized Duration sinceBeyond(long replayed) {
        for (Look look : looks) {
            if (look.written > replayed) {
                return Duration.ofNanos(looks.getLast().at - look.at);
            }
        }
        return Duration.ZERO;
    }
}
