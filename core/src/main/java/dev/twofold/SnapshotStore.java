package dev.twofold;

import java.util.Optional;

/// Keeps the latest snapshot of each boundary. Implementations are safe for use by many threads.
public interface SnapshotStore {

    /// The snapshot of a boundary, of whatever revision.
    ///
    /// @throws EventStoreException if the store is out of reach
    Optional<Snapshot> find(String name, Query boundary);

    /// Keeps a snapshot instead of an older one of the same name and boundary; leaves a newer one
    /// of the same revision alone.
    ///
    /// @throws EventStoreException if the store is out of reach
    void save(Snapshot snapshot);

    /// A state as text, and the position up to which it is known.
    ///
    /// @param revision of the state's shape and of the fold that made it
    record Snapshot(String name, int revision, Query boundary, long position, String state) {}
}
