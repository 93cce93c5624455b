package dev.twofold.postgres;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What folding one document anew from the log has come to.
///
/// @param position up to which the log was folded: the checkpoint of the projection
/// @param before the stored document, as JSON; null if there was none
/// @param after what is stored now; null if there is none
/// @param reason why an event could not be folded, so that the document waits for it as it was
///   before; null if all could
public record Repair(
        String projection,
        int generation,
        String key,
        long position,
        @Nullable String before,
        @Nullable String after,
        @Nullable String reason) {

    /// Whether the stored document was another one.
    public boolean changed() {
        return !Objects.equals(before, after);
    }
}
