package dev.twofold.postgres;

import dev.twofold.ViewFoldException;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.jspecify.annotations.Nullable;

/// One event cannot be taken into a projection, and what was before it can.
final class EventFailure extends Exception {
    private static final long serialVersionUID = 1L;

    private final long position;
    private final transient @Nullable DocumentName document;

    /// A failure that concerns the event as a whole.
    EventFailure(long position, Throwable cause) {
        this(position, null, cause);
    }

    /// @param document the one that the event does not fit; null if it is not known which
    EventFailure(long position, @Nullable DocumentName document, Throwable cause) {
        super(cause.toString(), cause);
        this.position = position;
        this.document = document;
    }

    static EventFailure of(ViewFoldException e) {
        String key = e.key();
        return new EventFailure(
                e.position(), key == null ? null : new DocumentName(e.view(), key), e);
    }

    long position() {
        return position;
    }

    /// The same as a failure of an event at a position if that is a later one: an event may fail
    /// that was passed before.
    EventFailure notBefore(long later) {
        Throwable cause = getCause();
        return position >= later ? this : new EventFailure(later, cause == null ? this : cause);
    }

    @Nullable DocumentName document() {
        return document;
    }

    /// What went wrong, in one text: the messages of the causes.
    String diagnosis() {
        StringBuilder text = new StringBuilder();
        for (Throwable cause = getCause(); cause != null; cause = cause.getCause()) {
            text.append(text.isEmpty() ? "" : "\ncaused by ").append(cause);
        }
        return text.toString();
    }

    String stack() {
        StringWriter text = new StringWriter();
        Throwable cause = getCause();
        (cause == null ? this : cause).printStackTrace(new PrintWriter(text, true));
        return text.toString();
    }
}
