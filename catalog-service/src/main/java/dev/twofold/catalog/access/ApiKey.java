package dev.twofold.catalog.access;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A key as it is kept: without its secret.
///
/// @param id its public part
/// @param name whose it is, or what for
/// @param lastUsedAt to the minute
public record ApiKey(
        String id,
        String name,
        Scope scope,
        Instant createdAt,
        @Nullable Instant expiresAt,
        @Nullable Instant revokedAt,
        @Nullable Instant lastUsedAt) {

    /// Who the bearer is in the metadata of events.
    String actor() {
        return "key:" + id;
    }
}
