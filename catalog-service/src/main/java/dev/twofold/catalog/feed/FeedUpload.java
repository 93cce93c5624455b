package dev.twofold.catalog.feed;

import java.nio.file.Path;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A feed that was sent in, and how far its import is.
///
/// @param bytes of the feed as a whole
/// @param report the file with its problems, one JSON object a line
/// @param position of the log at the end of the import; 0 before
/// @param failure why the import was broken off; null if it was not
record FeedUpload(
        String id,
        boolean dryRun,
        long bytes,
        Path report,
        State state,
        FeedCounts counts,
        long position,
        @Nullable String failure,
        Instant sentAt,
        @Nullable Instant endedAt) {

    /// Where an import can stand.
    enum State {
        WAITING,
        RUNNING,
        DONE,
        FAILED
    }

    static FeedUpload sent(String id, boolean dryRun, long bytes, Path report, Instant now) {
        return new FeedUpload(
                id,
                dryRun,
                bytes,
                report,
                State.WAITING,
                new FeedCounts(0, 0, 0, 0, 0, 0, 0, 0),
                0,
                null,
                now,
                null);
    }

    FeedUpload running(FeedCounts soFar) {
        return new FeedUpload(
                id, dryRun, bytes, report, State.RUNNING, soFar, 0, null, sentAt, null);
    }

    FeedUpload done(FeedCounts all, long at, Instant now) {
        return new FeedUpload(id, dryRun, bytes, report, State.DONE, all, at, null, sentAt, now);
    }

    FeedUpload failed(String reason, Instant now) {
        return new FeedUpload(
                id, dryRun, bytes, report, State.FAILED, counts, 0, reason, sentAt, now);
    }
}
