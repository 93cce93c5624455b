package dev.twofold.postgres;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// An event that is set aside for one document, or for one stream of a subscription, until it fits
/// or someone drops it.
///
/// It is retried first, and parked once that has been tried often enough.
///
/// @param generation of the projection
/// @param partition of the generation; each folds the documents of looked-up views for itself
/// @param view the projection's own, or one that it looks up
/// @param key of the document, or the stream's name; empty for events of no stream
/// @param reason why it could not be folded; null for an event that waits behind such a one
/// @param stack where, for the same events
/// @param attempts so far, for the same events
/// @param retryAt when it is tried again unasked; null if it waits for someone to look into it, or
///   behind another one
/// @param retried whether it is tried again unasked, or waits behind one that is
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
        @Nullable Instant retryAt,
        boolean retried) {

    DocumentName document() {
        return new DocumentName(view, key);
    }
}
