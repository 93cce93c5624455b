package dev.twofold.kafka;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// How far a process has followed a log in its topics.
///
/// @param position up to which it has the log complete, which the watermarks of all partitions have
///   passed; 0 before the end of the topics was found
/// @param unread how many records of the topics it has not read yet
/// @param heard when the relay wrote the newest watermark that it has read since it began; null
///   before the first
/// @param failure what keeps it from following them; null while nothing does
public record FeedStatus(
        long position, long unread, @Nullable Instant heard, @Nullable String failure) {}
