package dev.twofold.redis;

/// What a cache has done since it was made, and how it is.
///
/// @param near answers that were in memory
/// @param far answers that were in Redis
/// @param loads of the source, for answers and ahead of time
/// @param farFailures requests that Redis failed, or did not answer in time
/// @param farAvoided requests that Redis was spared because it had failed
/// @param farAvoiding whether it is spared at present
/// @param tracking whether Redis tells of changes at present
/// @param flushes of what was kept near, because something may not have been heard
/// @param documents kept near
/// @param bytes of memory for them
/// @param generation that answers come from; 0 if the source has not told yet
/// @param upTo the position up to which changes have been taken in
public record CacheStatus(
        long near,
        long far,
        long loads,
        long farFailures,
        long farAvoided,
        boolean farAvoiding,
        boolean tracking,
        long flushes,
        long documents,
        long bytes,
        int generation,
        long upTo) {}
