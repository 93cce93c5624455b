package dev.twofold.catalog.feed;

/// Something in a feed that its owner should look at.
///
/// @param line the number of the line in the file, from 1; of a record of several lines the first
/// @param column as the header names it; empty if the line as a whole is meant
/// @param value what stands there, cut after 200 characters
/// @param reason what is wrong, and what would be right
public record FeedProblem(Kind kind, long line, String column, String value, String reason) {
    private static final int MAX_VALUE = 200;

    /// What became of the line.
    public enum Kind {
        /// It was left out.
        REJECTED,
        /// It went in.
        NOTED
    }

    public FeedProblem {
        if (value.length() > MAX_VALUE) {
            value = value.substring(0, MAX_VALUE) + "…";
        }
    }

    static FeedProblem rejected(long line, String column, String value, String reason) {
        return new FeedProblem(Kind.REJECTED, line, column, value, reason);
    }
}
