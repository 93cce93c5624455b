package dev.twofold;

/// A stored event has a type or a revision that the event type table does not know.
///
/// Usually a newer version of the service wrote it; nothing is lost, and it loads once this one
/// knows the type too.
public final class UnknownEventException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnknownEventException(RecordedEvent event, String known) {
        super(
                ("the event at position %d is stored as \"%s\" revision %d, but this service knows"
                                + " only %s; run a version that has registered it")
                        .formatted(event.position(), event.type(), event.revision(), known));
    }
}
