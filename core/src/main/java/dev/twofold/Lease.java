package dev.twofold;

import java.time.Instant;

/// What one process at a time may do, until the lease runs out, and how far those who held it have
/// come.
///
/// @param term grows by one each time the lease is taken: a later holder is told from an earlier
///   one by it
/// @param until by the clock of the store of leases
public record Lease(String name, String holder, long term, long position, Instant until) {}
