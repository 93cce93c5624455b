package dev.twofold.catalog.webhook;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// One attempt to tell of one event.
///
/// @param attempt 1 for the first
/// @param status of the answer; null if there was none
/// @param problem null if it was delivered
record Delivery(
        long position,
        UUID eventId,
        String type,
        int attempt,
        Instant at,
        long millis,
        @Nullable Integer status,
        @Nullable String problem) {}
