package dev.twofold.postgres;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// An event that is set aside for one document, until it fits or someone drops it.
///
/// @param generation of the projection
/// @param partition of the generation; each folds the documents of looked-up views for itself
/// @param view the projection's own, or one that it looks up
/// @param reason why it could not be folded; null for an event that waits behind such a one
/// @param stack where, for the same events
/// @param attempts so far, for the same events
/// @param retryAt when it is tried again unasked; null if it waits for someone to look into it, or
///   behind another one
public record ParkedEvent(
        String projection,
        int generation,
        int partition,
        String view,
        String key,
        long position,
        @Nullable String reason,
        @Nullable String stack,
        int attempts,
        Instant parkedAt,
        @Nullable Instant retryAt) {

    DocumentName document() {
        return new DocumentName(view, key);
    }
}
