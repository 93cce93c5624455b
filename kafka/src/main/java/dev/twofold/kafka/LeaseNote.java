package dev.twofold.kafka;

import dev.twofold.Lease;
import dev.twofold.Leases;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/// Notes in the database how far a relay has come, while it is at its next page already.
///
/// One note is on its way at a time, so they arrive in order. That a lease is lost is found out one
/// page late; what is published meanwhile is refused by the brokers, if another has begun. Not safe
/// for use by many threads.
final class LeaseNote {
    private static final System.Logger LOG = System.getLogger(LeaseNote.class.getName());

    private final Leases leases;
    private final Lease lease;
    private final Duration length;
    private @Nullable Future<Boolean> underWay;
    private long kept = System.nanoTime();

    LeaseNote(Leases leases, Lease lease, Duration length) {
        this.leases = leases;
        this.lease = lease;
        this.length = length;
    }

    /// Notes a position, once the note before has arrived.
    ///
    /// @return false if that found the lease taken by another; nothing is noted then
    /// @throws dev.twofold.EventStoreException if the note before failed
    boolean keep(long position) throws InterruptedException {
        if (!arrived()) {
            return false;
        }
        FutureTask<Boolean> next = new FutureTask<>(() -> leases.keep(lease, position, length));
        Thread.ofVirtual().name("twofold-relay-note").start(next);
        underWay = next;
        kept = System.nanoTime();
        return true;
    }

    /// Keeps the lease from running out while there is nothing to note.
    ///
    /// @return false if it has been taken by another since
    boolean keepInTime(long position) throws InterruptedException {
        boolean due = System.nanoTime() - kept > length.toNanos() / 4;
        return !due || (keep(position) && arrived());
    }

    private boolean arrived() throws InterruptedException {
        Future<Boolean> before = underWay;
        underWay = null;
        if (before == null) {
            return true;
        }
        try {
            return before.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new IllegalStateException("the lease could not be kept", e.getCause());
        }
    }

    /// Waits for the note on its way, so that whoever takes the lease next finds it, whatever
    /// became of it.
    void await() throws InterruptedException {
        Future<Boolean> last = underWay;
        underWay = null;
        if (last != null) {
            try {
                last.get();
            } catch (ExecutionException e) {
                LOG.log(System.Logger.Level.DEBUG, "the last position could not be noted", e);
            }
        }
    }
}
