package dev.twofold.catalog.feed;

/// Hears how an import is going, on the thread that runs it.
public interface FeedListener {

    /// After every few hundred lines, and at the end.
    void progress(FeedCounts counts);

    /// Of the lines in the order of the file, but for those of a few hundred that are dealt with
    /// together.
    void problem(FeedProblem problem);
}
