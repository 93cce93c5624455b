package dev.twofold.catalog.webhook;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Someone who is told of events.
///
/// @param types of events, as stored; none for all
/// @param position up to which all is told
/// @param attempts how often the next event was tried in vain
/// @param nextAttemptAt null for now
/// @param disabledAt null if it is told; no more is tried until an operator asks for it otherwise
/// @param problem why the last attempt was in vain; null if it was not
record Webhook(
        String id,
        String url,
        List<String> types,
        long position,
        int attempts,
        @Nullable Instant nextAttemptAt,
        @Nullable Instant disabledAt,
        @Nullable String problem,
        Instant createdAt) {
    Webhook {
        types = List.copyOf(types);
    }
}
