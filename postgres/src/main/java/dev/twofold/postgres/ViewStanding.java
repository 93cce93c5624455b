package dev.twofold.postgres;

/// How far the generation of a view is that serves queries.
public record ViewStanding(int generation, long position) {}
