package dev.twofold;

/// The store is out of reach or broken; the message says what was tried and what to do next.
public final class EventStoreException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public EventStoreException(String message, Throwable cause) {
        super(message, cause);
    }
}
