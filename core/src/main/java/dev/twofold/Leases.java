package dev.twofold;

import java.time.Duration;
import java.util.Optional;

/// Leases that several processes contend for, kept where all of them reach it.
///
/// A lease says who should be at work, not who is: a process that was suspended finds out that it
/// lost the lease only when it asks. What it works on has to tell a later holder from an earlier
/// one. Implementations are safe for use by many threads.
public interface Leases {

    /// Takes a lease if nobody holds it, or its time is over, or this holder has it already.
    ///
    /// @return the lease, with the position that was reached; empty while another holds it
    /// @throws EventStoreException if the store is out of reach
    Optional<Lease> take(String name, String holder, Duration length);

    /// Notes how far the holder has come, and lets the lease run from now on. A crash of the store
    /// may undo the last notes before it.
    ///
    /// @return false if it has been taken by another since; nothing is noted then
    /// @throws EventStoreException if the store is out of reach
    boolean keep(Lease lease, long position, Duration length);

    /// Ends the lease, so that another can take it at once.
    ///
    /// @throws EventStoreException if the store is out of reach
    void release(Lease lease);

    /// The lease as it is, whoever holds it, or held it last; empty if it was never taken.
    ///
    /// @throws EventStoreException if the store is out of reach
    Optional<Lease> find(String name);
}
