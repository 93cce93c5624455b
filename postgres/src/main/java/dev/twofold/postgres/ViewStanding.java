package dev.twofold.postgres;

/// How far the generation of a view is that serves queries.
///
/// @param position up to which all of its documents are, but those that wait for an event set aside
/// @param checkpoint up to which it has taken in the log: documents may be missing an event up to
///   there that is being folded into many, and [ViewReader#find] says so of each
public record ViewStanding(int generation, long position, long checkpoint) {}
