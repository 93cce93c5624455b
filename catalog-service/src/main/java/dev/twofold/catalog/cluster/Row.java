package dev.twofold.catalog.cluster;

/// What there is to say of a part at a moment.
///
/// @param state `ready`, `starting`, `killed`, `paused` or `ended`
/// @param pid 0 if there is none
/// @param address where it listens; empty if that is not known
/// @param position up to where it has the log; -1 if that is not known, or none of its business
/// @param lag how many positions that is behind the log; -1 likewise
/// @param note anything else, such as which relay is the active one
public record Row(
        String name,
        String role,
        String state,
        long pid,
        String address,
        long position,
        long lag,
        String note) {}
