package dev.twofold;

import org.jspecify.annotations.Nullable;

/// A view could not fold an event; the cause is what it threw.
public final class ViewFoldException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String view;
    private final @Nullable String key;
    private final long position;

    ViewFoldException(
            View<?, ?> view, @Nullable String key, Recorded<?> event, RuntimeException cause) {
        super(
                "view \"%s\" revision %d could not fold the %s at position %d%s: %s"
                        .formatted(
                                view.name(),
                                view.revision(),
                                event.event(),
                                event.position(),
                                key == null ? "" : " into document \"" + key + "\"",
                                cause),
                cause);
        this.view = view.name();
        this.key = key;
        this.position = event.position();
    }

    public String view() {
        return view;
    }

    /// The document's key; null if the view failed to tell the keys of the event.
    public @Nullable String key() {
        return key;
    }

    public long position() {
        return position;
    }
}
