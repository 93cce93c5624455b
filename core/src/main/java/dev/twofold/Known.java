package dev.twofold;

/// A state, and the position up to which it is known.
public record Known<S>(S state, long position) {}
