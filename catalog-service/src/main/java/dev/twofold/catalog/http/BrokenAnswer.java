package dev.twofold.catalog.http;

/// An answer that was begun and cannot be ended: its caller must not take it for whole, so the
/// connection is cut.
public final class BrokenAnswer extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public BrokenAnswer(String message, Throwable cause) {
        super(message, cause);
    }
}
