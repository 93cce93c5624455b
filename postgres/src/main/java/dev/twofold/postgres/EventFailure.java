package dev.twofold.postgres;

/// One event cannot be taken into a projection, and what was before it can.
final class EventFailure extends Exception {
    private static final long serialVersionUID = 1L;

    private final long position;

    EventFailure(long position, Throwable cause) {
        super(cause.toString(), cause);
        this.position = position;
    }

    long position() {
        return position;
    }

    /// What went wrong, in one text: the messages of the causes.
    String diagnosis() {
        StringBuilder text = new StringBuilder();
        for (Throwable cause = getCause(); cause != null; cause = cause.getCause()) {
            text.append(text.isEmpty() ? "" : "\ncaused by ").append(cause);
        }
        return text.toString();
    }
}
