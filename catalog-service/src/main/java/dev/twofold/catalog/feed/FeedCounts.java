package dev.twofold.catalog.feed;

/// How far an import has come.
///
/// @param bytes of the file read
/// @param lines dealt with, each once however many lines of the file it takes; without the header
/// @param created products that were not there before
/// @param changed products that differed
/// @param unchanged products that were as the feed states them
/// @param duplicates lines that state what one before them did
/// @param rejected lines left out
/// @param events recorded for products; those for new brands and categories come on top
public record FeedCounts(
        long bytes,
        long lines,
        long created,
        long changed,
        long unchanged,
        long duplicates,
        long rejected,
        long events) {}
