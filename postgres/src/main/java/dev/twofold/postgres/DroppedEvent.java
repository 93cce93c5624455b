package dev.twofold.postgres;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// An event that someone has given up for a document, or for a projection as a whole.
///
/// It has no effect there in any generation of the revision. A later revision tries it again.
///
/// @param view the projection's own, or one that it looks up
/// @param key of the document; null if no document takes it in
/// @param reason why it could not be folded; null if it waited behind such a one
/// @param stack where, for the same events
/// @param because why it was given up
public record DroppedEvent(
        String projection,
        int revision,
        String view,
        @Nullable String key,
        long position,
        @Nullable String reason,
        @Nullable String stack,
        Instant droppedAt,
        String because) {}
