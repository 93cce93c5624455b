package dev.twofold.catalog.feed;

/// A feed cannot be read at all; the message says why, and what to do.
public final class FeedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    FeedException(String message) {
        super(message);
    }

    FeedException(String message, Throwable cause) {
        super(message, cause);
    }
}
