package dev.twofold.postgres;

import java.util.UUID;

/// A log at a glance.
///
/// @param epoch what tells this log from any other; positions of logs with different epochs have
///   nothing to do with each other
/// @param events how many there are, which is also the last position
/// @param streams how many there are; counting them reads an index of the whole log
/// @param bytes on disk, with indexes
public record LogInfo(UUID epoch, long events, long streams, long bytes) {}
