package dev.twofold;

import java.time.Instant;

/// An event in its current shape, and what the log knows of it.
public record Recorded<E>(
        E event, long position, long version, Instant recordedAt, Metadata metadata) {}
